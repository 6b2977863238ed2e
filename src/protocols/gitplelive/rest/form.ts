import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import { Refusal } from '../failures.ts'
import type { GitpleliveShared } from '../gitplelive-shared.ts'
import type { FileDetail } from '../message.ts'
import type { Caller } from '../operation.ts'

/** What a form says, and its file, which is in the store already. Who takes it removes it when nothing comes of it. */
export interface Form {
  readonly fields: ReadonlyMap<string, unknown>
  readonly file: FileDetail
}

/** Reads a form with one `file`. Its `meta` is JSON. Leaves no file behind when it is refused. */
export async function readForm(shared: GitpleliveShared, caller: Caller, request: FastifyRequest): Promise<Form> {
  const fields = new Map<string, unknown>()
  let file: FileDetail | null = null
  try {
    for await (const part of readable(request.parts())) {
      if (part.type === 'field') {
        if (part.valueTruncated) throw new Refusal('parameters', `${part.fieldname}: is too long`, part.fieldname)
        fields.set(part.fieldname, part.fieldname === 'meta' ? readJson(part.value) : part.value)
      } else if (part.fieldname === 'file' && !file) {
        file = await save(shared, caller, part)
      } else {
        part.file.resume()
      }
    }
    if (!file) throw new Refusal('parameters', 'file: is required', 'file')
  } catch (error) {
    if (file) await shared.files.remove(caller.app.app.id, file.id)
    throw error
  }
  return { fields, file }
}

async function save(
  { files, limits, maxima }: GitpleliveShared,
  { app, user }: Caller,
  part: MultipartFile,
): Promise<FileDetail> {
  const { id: appId } = app.app
  if (user) limits.uploads.demand(user.id, 'too many uploads, try again later')
  const { filename, mimetype: mediaType, file: stream } = part
  const upload = { name: filename ?? '', mediaType, stream, maxBytes: maxima.fileBytes, thumbnail: false }
  try {
    const file = await files.save(appId, upload)
    return { id: file.id, type: file.mediaType, name: file.name, path: files.path(appId, file), size: file.bytes }
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'too_large') throw error
    throw new Refusal('file_size', `file: at most ${maxima.fileBytes} bytes`, 'file')
  } finally {
    // What was refused half-way still has to be read, or the client never gets to our answer.
    stream.resume()
  }
}

function readJson(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    throw new Refusal('parameters', 'meta: is no JSON', 'meta')
  }
}

/** All that the parser can fail on is what the client sent. */
async function* readable<Part>(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  try {
    yield* parts
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // Other errors with a status come from before: no form at all.
    if (code === 'FST_INVALID_MULTIPART_CONTENT_TYPE') throw error
    if (code === 'FST_FILES_LIMIT') throw new Refusal('parameters', 'file: a message has one', 'file')
    const isTooMuch = code === 'FST_FIELDS_LIMIT' || code === 'FST_PARTS_LIMIT'
    throw new Refusal('parameters', isTooMuch ? 'the form has too many fields' : 'the form can’t be read')
  }
}
