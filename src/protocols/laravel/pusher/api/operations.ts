import type { Chat } from '../../../../core/chat.ts'
import { channelKind, userChannel } from '../../../../wire/pusher/channel-name.ts'
import { publish, tellNews } from '../../broadcasts.ts'
import type { Channels, OpenChannel } from '../../channels.ts'
import type { LaravelApp } from '../../settings.ts'
import type { PusherConnections } from '../connections.ts'
import type { LastEvent, LastEvents } from '../last-events.ts'
import { ApiError } from './api-error.ts'
import { fieldsOf, readBatch, readEvent, readInfo, type Attribute, type PublishedEvent } from './event-body.ts'

/** What the HTTP API works on. */
export interface ApiHouse {
  readonly apps: readonly LaravelApp[]
  readonly chat: Chat
  readonly channels: Channels
  readonly connections: PusherConnections
  readonly lastEvents: LastEvents
  readonly limits: { readonly maxDataBytes: number }
}

/** A request whose signature is right. */
export interface Asked {
  readonly app: LaravelApp
  readonly query: ReadonlyMap<string, string>
  /** Names in the path. */
  readonly channel: string
  readonly userId: string
  readonly body: unknown
}

/** Answers with a JSON object, or fails with an `ApiError`. */
export type Operation = (house: ApiHouse, asked: Asked) => object | Promise<object>

export const postEvent: Operation = (house, { app, body }) => {
  const event = readEvent(fieldsOf(body), house.limits.maxDataBytes)
  tell(house, app, event)
  if (event.info.size === 0) return {}
  const channels = event.channels.map((name) => [name, attributesOf(house, app, name, event.info)] as const)
  return { channels: Object.fromEntries(channels) }
}

export const postBatch: Operation = (house, { app, body }) => {
  const batch = readBatch(fieldsOf(body), house.limits.maxDataBytes)
  for (const event of batch) tell(house, app, event)
  if (batch.every(({ info }) => info.size === 0)) return {}
  return { batch: batch.map(({ channels: [name = ''], info }) => attributesOf(house, app, name, info)) }
}

export const getChannels: Operation = (house, { app, query }) => {
  const prefix = query.get('filter_by_prefix') ?? ''
  const wanted = readInfo(query.get('info'))
  if (wanted.has('user_count') && !prefix.startsWith('presence-')) {
    throw new ApiError(
      400,
      'user_count may only be requested for presence channels - please supply filter_by_prefix begining with presence-',
    )
  }
  const channels: [string, object][] = []
  for (const { name } of house.channels.of(app.app.id)) {
    if (name.startsWith(prefix)) channels.push([name, attributesOf(house, app, name, wanted)])
  }
  return { channels: Object.fromEntries(channels) }
}

export const getChannel: Operation = async (house, { app, channel, query }) => {
  const kind = kindOf(channel)
  const wanted = readInfo(query.get('info'))
  if (wanted.has('user_count') && !kind.isPresence) {
    throw new ApiError(400, 'user_count may only be requested for presence channels')
  }
  if (wanted.has('cache') && !kind.isCache) throw new ApiError(400, 'cache may only be requested for cache channels')
  const occupied = house.channels.find(app.app.id, channel) !== null
  const last = wanted.has('cache') ? await house.lastEvents.find(app.app.id, channel) : null
  return { occupied, ...attributesOf(house, app, channel, wanted, last) }
}

export const getUsers: Operation = (house, { app, channel }) => {
  if (!kindOf(channel).isPresence) throw new ApiError(400, 'Users can only be retrieved for presence channels')
  const members = house.channels.find(app.app.id, channel)?.members
  return { users: [...(members?.keys() ?? [])].map((id) => ({ id })) }
}

export const terminateConnections: Operation = ({ chat }, { app, userId }) => {
  tellNews(chat, app.app, userChannel(userId), { type: 'terminated' })
  return {}
}

export const getConnections: Operation = ({ connections }, { app }) => ({ connections: connections.count(app.app.id) })

function tell({ chat }: ApiHouse, { app }: LaravelApp, { name, data, channels, socketId }: PublishedEvent): void {
  for (const channel of channels) publish(chat, app, { channel, event: name, data, socketId, whisper: null })
}

/** `found` is the channel's last event, where more than this node was asked for it. */
function attributesOf(
  house: ApiHouse,
  { app }: LaravelApp,
  name: string,
  wanted: ReadonlySet<Attribute>,
  found: LastEvent | null = null,
): object {
  if (wanted.size === 0) return {}
  const kind = channelKind(name)
  const open: OpenChannel | null = house.channels.find(app.id, name)
  const last = found ?? (wanted.has('cache') && kind?.isCache ? house.lastEvents.of(app.id, name) : null)
  return {
    ...(wanted.has('user_count') && kind?.isPresence && { user_count: open?.members?.size ?? 0 }),
    ...(wanted.has('subscription_count') && { subscription_count: open?.subscribers ?? 0 }),
    ...(last && { cache: { data: last.data, ttl: Math.ceil(house.lastEvents.ttlMs(last) / 1000) } }),
  }
}

function kindOf(channel: string): NonNullable<ReturnType<typeof channelKind>> {
  const kind = channelKind(channel)
  if (!kind) throw new ApiError(400, 'Invalid channel name')
  return kind
}
