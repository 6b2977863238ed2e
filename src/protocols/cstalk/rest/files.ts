import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { ChatError } from '../../../core/errors.ts'
import type { AppId, User } from '../../../core/model.ts'
import type { StoredFile } from '../../../core/file-store.ts'
import { noSuchFile, tooLargeFile } from '../reasons.ts'
import { callerOf } from './door.ts'
import { text } from './parameters.ts'
import { inWords, missing, SaidError } from './refusal.ts'
import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

/** Who uploaded what: `{uploaderId}` by the file's id. */
const uploads = 'cstalk.files'

// The parts of an address that could be a file's id; a longer address names no file of ours.
const idLike = /^[\w-]{16,64}$/
const maxParts = 12

const named = Type.Object({ fileUrl: Type.Optional(text(2000)), id: Type.Optional(text(64)) })

export function fileRoutes(scope: Scope, rest: Rest): void {
  const { door } = rest

  // Message objects name a thumbnail for every image, so both make one; attachments have none.
  for (const path of ['/api/file/upload', '/api/file/uploadWithThumbnail']) {
    scope.post(path, { onRequest: door.anyone, schema: { summary: 'Upload one file' } }, (request) =>
      upload(rest, request),
    )
  }

  scope.post(
    '/api/file/download',
    { onRequest: door.anyone, schema: { summary: 'Where a file is', body: named } },
    async (request, reply) => {
      const { user } = callerOf(request)
      const file = await find(rest, user.appId, request.body)
      // 303: whatever the client asked with, it gets the file with GET.
      return reply.redirect(addressOf(rest, user.appId, file), 303)
    },
  )

  scope.delete(
    '/api/file',
    { onRequest: door.staff, schema: { summary: 'Delete a file', querystring: named, body: named } },
    async (request) => {
      const { user } = callerOf(request)
      const file = await find(rest, user.appId, { ...request.query, ...request.body })
      await remove(rest, user, file)
      return { success: true }
    },
  )
}

async function upload(rest: Rest, request: FastifyRequest): Promise<object> {
  const { user } = callerOf(request)
  if (user.blocked) throw new ChatError('banned', 'this account may not write')
  rest.uploads.demand(user.id, 'too many uploads')
  const part = await request.file()
  if (!part) throw missing('file')
  const file = await inWords({ too_large: tooLargeFile }, save(rest, user.appId, part))
  await rest.desk.store.documents.add(user.appId, uploads, { uploaderId: user.id }, { key: file.id })
  return fileObject(rest, user.appId, file)
}

async function save({ files, maxUploadBytes }: Rest, appId: AppId, part: MultipartFile): Promise<StoredFile> {
  const { filename, mimetype, file } = part
  try {
    return await files.save(appId, {
      name: filename,
      mediaType: mimetype,
      stream: file,
      maxBytes: maxUploadBytes,
      thumbnail: true,
    })
  } finally {
    // What was refused half-way still has to be read, or the client never gets to our answer.
    file.resume()
  }
}

/** `not_found` for another company's file too: the id is only looked for in the caller's own. */
async function find({ files }: Rest, appId: AppId, { fileUrl, id }: Static<typeof named>): Promise<StoredFile> {
  if (!fileUrl && !id) throw missing('fileUrl')
  const path = fileUrl ? (URL.parse(fileUrl, 'http://localhost')?.pathname ?? '') : (id ?? '')
  for (const part of path.split('/', maxParts)) {
    const file = idLike.test(part) ? await files.find(appId, part) : null
    if (file) return file
  }
  throw new SaidError('not_found', noSuchFile)
}

async function remove({ desk, files }: Rest, user: User, file: StoredFile): Promise<void> {
  const { documents } = desk.store
  const document = await documents.byKey(user.appId, uploads, file.id)
  if (user.role !== 'manager' && document?.body['uploaderId'] !== user.id)
    throw new ChatError('forbidden', 'only its uploader may delete a file')
  await files.remove(user.appId, file.id)
  if (document) await documents.remove(user.appId, uploads, document.id)
}

function fileObject(rest: Rest, appId: AppId, file: StoredFile): object {
  return {
    id: file.id,
    originFileName: file.name,
    fileName: file.name,
    fileUrl: addressOf(rest, appId, file),
    thumbFileUrl: file.hasThumbnail ? addressOf(rest, appId, file, true) : null,
    fileSize: file.bytes,
    width: file.width,
    height: file.height,
    contentType: file.mediaType,
  }
}

function addressOf({ files, publicUrl }: Rest, appId: AppId, file: StoredFile, thumbnail = false): string {
  return `${(publicUrl ?? '').replace(/\/+$/, '')}${files.path(appId, file, thumbnail)}`
}
