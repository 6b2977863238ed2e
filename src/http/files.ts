import send from '@fastify/send'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ChatError } from '../core/errors.ts'
import type { AppId } from '../core/model.ts'
import type { DiskFileStore } from './disk-file-store.ts'
import { isShown } from './file-kind.ts'
import { contentDisposition } from './file-name.ts'
import { thumbnailType } from './image.ts'
import { serverDocs } from './server-docs.ts'
import type { Mount } from './mount.ts'

/**
 * `GET /files/{app}/{id}/{name}` and `…/thumb_{name}`, with ranges for video. The id can't be guessed and is the
 * permission: clients show these addresses in `<img>`, where they can't add a token.
 */
export function files(store: DiskFileStore): Mount {
  return {
    prefixes: ['/files'],
    docs: serverDocs,
    cors: { origins: ['*'], exposedHeaders: ['content-disposition', 'content-length', 'content-range'] },
    routes: (scope) => {
      scope.get<{ Params: { app: AppId; id: string; name: string } }>(
        '/files/:app/:id/:name',
        async (request, reply) => {
          const { app, id, name } = request.params
          return answer(store, { app, id, name }, request, reply)
        },
      )
    },
  }
}

async function answer(
  store: DiskFileStore,
  { app, id, name }: { app: AppId; id: string; name: string },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const found = await store.locate(app, id, name)
  if (!found) throw new ChatError('not_found', 'There is no such file.')
  const { file, folder, isThumbnail } = found
  // The path is ours, not the request's. The bytes never change under an id, so caches may keep them.
  const yearMs = 365 * 24 * 3600 * 1000
  const options = { root: folder, index: false, contentType: false, cacheControl: false }
  const { statusCode, headers, stream } = await send(request.raw, found.name, options)
  return reply
    .code(statusCode)
    .headers(headers)
    .headers({
      'content-type': isThumbnail ? thumbnailType(file.mediaType) : file.mediaType,
      'content-disposition': contentDisposition(isShown(file.mediaType) ? 'inline' : 'attachment', name),
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': `private, max-age=${yearMs / 1000}, immutable`,
    })
    .send(stream)
}
