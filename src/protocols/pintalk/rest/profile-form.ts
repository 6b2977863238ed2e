import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import type { PintalkShared } from '../pintalk-shared.ts'
import type { Caller } from './door.ts'
import { frameworkStatus, Refusal } from './refusal.ts'

const imageField = /^profile_?image$/i

/** The body of a profile, of a form or JSON, and the path of the picture that came with it. */
export async function readProfileForm(
  shared: PintalkShared,
  caller: Caller,
  request: FastifyRequest,
): Promise<{ body: unknown; image: string | null }> {
  if (!request.isMultipart()) return { body: request.body, image: null }
  const values = new Map<string, unknown>()
  let image: string | null = null
  try {
    for await (const part of readable(request.parts())) {
      if (part.type === 'field') {
        if (part.valueTruncated) throw new ChatError('too_large', 'The request is too large.')
        values.set(part.fieldname, part.value)
      } else if (imageField.test(part.fieldname) && part.filename) {
        image = await saveImage(shared, caller, part)
      } else {
        part.file.resume()
      }
    }
  } catch (error) {
    if (image !== null) await removeImage(shared, caller, image)
    throw error
  }
  // A form may say the field in words too, which the file overrules.
  return { body: Object.fromEntries([...values].filter(([name]) => image === null || !imageField.test(name))), image }
}

async function saveImage(
  { files, limits, maxImageBytes }: PintalkShared,
  { user }: Caller,
  part: MultipartFile,
): Promise<string> {
  limits.uploads.demand(user.id, 'Too many uploads, try again later.')
  const { filename: name, mimetype: mediaType, file: stream } = part
  const upload = { name, mediaType, stream, maxBytes: maxImageBytes, thumbnail: false }
  const file = await files.save(user.appId, upload).catch((error: unknown) => {
    if (error instanceof ChatError && error.code === 'invalid') throw notAnImage()
    throw error
  })
  if (file.mediaType.startsWith('image/') && file.width !== null) return files.path(user.appId, file)
  await files.remove(user.appId, file.id)
  throw notAnImage()
}

async function removeImage({ files }: PintalkShared, { user }: Caller, path: string): Promise<void> {
  await files.remove(user.appId, path.split('/')[3] ?? '')
}

function notAnImage(): Refusal {
  return new Refusal(400, { profileImage: ['Upload a valid image.'] })
}

/** The parser's own errors carry no status. All that it can fail on is what the client sent. */
async function* readable<Part>(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  try {
    yield* parts
  } catch (error) {
    throw frameworkStatus(error) === null ? new ChatError('invalid', 'The upload can’t be read.') : error
  }
}
