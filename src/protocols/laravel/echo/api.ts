import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { addressBlock } from '../../../wire/address.ts'
import { isSecretOf } from '../app-secret.ts'
import { publish } from '../broadcasts.ts'
import type { OpenChannel } from '../channels.ts'
import type { Unsigned, UnsignedRoute } from '../pusher/api/routes.ts'
import { bearerToken } from '../rest/bearer-token.ts'
import type { LaravelApp } from '../settings.ts'
import { readEvent } from './api-event.ts'
import type { EchoHouse } from './house.ts'

/**
 * The HTTP API of laravel-echo-server. It shares its addresses with Pusher's, whose requests are signed. Its key is the
 * app's secret here: what Pusher calls the key stands in every page.
 */

interface Asked {
  readonly app: LaravelApp
  readonly request: FastifyRequest
  readonly body: Uint8Array
}

type Operation = (house: EchoHouse, asked: Asked, reply: FastifyReply) => object

const operations: Readonly<Record<UnsignedRoute, Operation>> = {
  events: (house, { app, body }, reply) => {
    const event = readEvent(body, house.limits.maxDataBytes)
    if (typeof event === 'string') return bad(reply, event)
    for (const channel of event.channels) publish(house.chat, app.app, { ...event, channel, whisper: null })
    return { message: 'ok' }
  },
  channels: ({ channels }, { app, request }) => {
    const { filter_by_prefix: filter } = request.query as Readonly<Record<string, unknown>>
    const prefix = typeof filter === 'string' ? filter : ''
    const open = Array.from(channels.of(app.app.id)).filter(({ name }) => name.startsWith(prefix))
    return { channels: Object.fromEntries(open.map((channel) => [channel.name, countOf(channel)])) }
  },
  channel: ({ channels }, { app, request }) => {
    const name = channelOf(request)
    const channel = channels.find(app.app.id, name)
    const users = name.startsWith('presence-') && { user_count: channel?.members?.size ?? 0 }
    return { ...countOf(channel), ...users }
  },
  users: ({ channels }, { app, request }, reply) => {
    const name = channelOf(request)
    if (!name.startsWith('presence-')) return bad(reply, 'User list is only possible for Presence Channels')
    const members = channels.find(app.app.id, name)?.members?.values() ?? []
    return { users: Array.from(members, ({ id, info }) => ({ id, user_info: JSON.parse(info) as unknown })) }
  },
}

/** Answers what came to the shared addresses without a signature. */
export function unsignedApi(house: EchoHouse): Unsigned {
  return async (route, asked, reply) => {
    return mayAsk(house, asked.app, asked.request) ? operations[route](house, asked, reply) : unauthorized(reply)
  }
}

/** The one address that Pusher's API doesn't have. */
export function statusRoute(house: EchoHouse): (scope: FastifyInstance) => void {
  return (scope) => {
    scope.get<{ Params: { appId: string } }>(
      '/apps/:appId/status',
      {
        schema: {
          summary: 'How many clients are connected over Socket.IO, on all nodes, and how the process of this one does',
        },
      },
      async (request, reply) => {
        const app = house.apps.find(({ settings }) => settings.id === request.params.appId) ?? null
        if (!app || !mayAsk(house, app, request)) return unauthorized(reply)
        const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
        return {
          subscription_count: house.clients.of(app.app.id),
          uptime: process.uptime(),
          memory_usage: { rss, heapTotal, heapUsed, external, arrayBuffers },
        }
      },
    )
  }
}

/** `Authorization: Bearer {secret}` or `?auth_key={secret}`. */
function mayAsk({ attempts }: EchoHouse, app: LaravelApp, { headers, query, ip }: FastifyRequest): boolean {
  const { auth_key: key } = query as Readonly<Record<string, unknown>>
  const given = bearerToken(headers.authorization) ?? (typeof key === 'string' ? key : '')
  // A right secret doesn't help where too many wrong ones came from: it may be the next guess. Other apps of the same
  // machine are not kept out.
  const from = `${app.app.id} ${addressBlock(ip)}`
  if (!attempts.take(from) || !isSecretOf(app, given)) return false
  attempts.giveBack(from)
  return true
}

function countOf(channel: OpenChannel | null): object {
  const subscribers = channel?.subscribers ?? 0
  return { subscription_count: subscribers, occupied: subscribers > 0 }
}

function channelOf({ params }: FastifyRequest): string {
  return (params as { readonly channel?: string }).channel ?? ''
}

function unauthorized(reply: FastifyReply): object {
  reply.code(403)
  return { error: 'Unauthorized' }
}

function bad(reply: FastifyReply, error: string): object {
  reply.code(400)
  return { error }
}
