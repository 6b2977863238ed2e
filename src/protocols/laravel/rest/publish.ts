import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ChatError } from '../../../core/errors.ts'
import { addressBlock } from '../../../wire/address.ts'
import type { Announcement } from '../announcer.ts'
import { announcementOf } from '../bridge/payload.ts'
import { isSecretOf } from '../app-secret.ts'
import { isShallowValue, maxDepth } from '../depth.ts'
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
      const fieldOf = (index: number): string => (Array.isArray(body) ? `${index}` : 'body')
      const announcements = several.map((one, index) => sound(one, fieldOf(index)))
      // Answered when all that is kept is kept.
      await Promise.all(
        announcements.map(async (announcement, index) => {
          try {
            await announcer.announce(app, announcement)
          } catch (error) {
            if (!(error instanceof ChatError) || !Array.isArray(body)) throw error
            throw new ChatError(error.code, error.message, fieldOf(index))
          }
        }),
      )
      return { ok: true }
    },
  )
}

function sound(value: unknown, field: string): Announcement {
  const announcement = announcementOf(value)
  if (!announcement) throw new ChatError('invalid', 'a message is {"channel": "…", "data": {…}}', field)
  if (!isShallowValue(announcement.data, maxDepth)) throw new ChatError('invalid', 'data is nested too deeply', field)
  return announcement
}

/** Whose secret it is. An unknown id and a wrong secret look the same, and cost the same. */
function applicationOf(request: FastifyRequest, { apps, limits }: LaravelShared): LaravelApp {
  const { id } = request.params as { readonly id?: unknown }
  const app = apps.find(({ settings }) => settings.id === id) ?? null
  // A right secret doesn't help where too many wrong ones came from: it may be the next guess. Other apps of the same
  // machine are not kept out.
  const from = `${app?.app.id ?? ''} ${addressBlock(request.ip)}`
  limits.attempts.demand(from, 'too many wrong secrets, try again later')
  const isRight = isSecretOf(app, bearerToken(request.headers.authorization) ?? '')
  if (!app || !isRight) throw new ChatError('unauthorized', 'the application or its secret is not known')
  limits.attempts.giveBack(from)
  return app
}
