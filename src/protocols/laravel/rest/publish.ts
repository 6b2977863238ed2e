import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import { addressBlock } from '../../../wire/address.ts'
import { announcementOf } from '../bridge/payload.ts'
import { isSecretOf } from '../app-secret.ts'
import type { LaravelShared } from '../laravel-shared.ts'
import type { LaravelApp } from '../settings.ts'
import { bearerToken } from './bearer-token.ts'
import { laravelPrefix } from './prefix.ts'

const maxMessages = 100

/** `POST /api/laravel/{app id}/broadcast`: what `{prefix}broadcast` takes, for applications without a shared Redis. */
export function publishRoutes(scope: FastifyInstance, shared: LaravelShared): void {
  const { announcer } = shared

  scope.post<{ Params: { id: string } }>(
    `${laravelPrefix}/:id/broadcast`,
    {
      // Before the body is read.
      onRequest: async (request) => void applicationOf(request, shared),
      schema: { summary: 'Say something in a channel, as the application' },
    },
    async (request) => {
      const app = applicationOf(request, shared)
      const { body } = request
      const several = Array.isArray(body) ? body : [body]
      if (several.length === 0 || several.length > maxMessages) {
        throw new ChatError('invalid', `1 to ${maxMessages} messages at once`)
      }
      const announcements = several.map((one, index) => {
        const announcement = announcementOf(one)
        if (announcement) return announcement
        throw new ChatError(
          'invalid',
          'a message is {"channel": "…", "data": {…}}',
          Array.isArray(body) ? `${index}` : 'body',
        )
      })
      // Answered when all that is kept is kept.
      await Promise.all(announcements.flatMap((announcement) => announcer.announce(app, announcement) ?? []))
      return { ok: true }
    },
  )
}

/** Whose secret it is. An unknown id and a wrong secret look the same, and cost the same. */
function applicationOf(request: FastifyRequest, { apps, limits }: LaravelShared): LaravelApp {
  const { id } = request.params as { readonly id?: unknown }
  const app = apps.find(({ settings }) => settings.id === id) ?? null
  const secret = bearerToken(request.headers.authorization) ?? ''
  const isRight = isSecretOf(app, secret)
  if (app && isRight) return app
  limits.attempts.demand(addressBlock(request.ip), 'too many wrong secrets, try again later')
  throw new ChatError('unauthorized', 'the application or its secret is not known')
}
