import type { Chat } from '../../core/chat.ts'
import type { Delivery } from '../../core/event.ts'
import { channelTopic, type ChannelTopic } from '../../core/hub.ts'
import type { App, AppId } from '../../core/model.ts'

/**
 * What is said to a named channel of Laravel Echo (`orders`, `private-Chat.room1`, `presence-Chat.room1`), wherever it
 * comes from: Laravel's Redis broadcaster, the Pusher HTTP API, laravel-echo-server's HTTP API, or a client's whisper. Every
 * wire that Echo speaks listens to the same topic, so each hears what came on any other. Nothing of it is kept.
 *
 * In the core it is the signal `broadcast`: `name` is the event's, `data` its data as JSON text, `origin` the socket id
 * whom to skip, `meta` null for an application's words and `{userId}` for a whisper.
 */
export interface EchoBroadcast {
  /** With its prefix, as it stands on the wire. */
  readonly channel: string
  /** `App\Events\MessageSent`, `client-typing`. */
  readonly event: string
  /**
   * One JSON value as text. Over the Pusher HTTP API an application may publish any text: whoever needs a value takes
   * what is no JSON as a string.
   */
  readonly data: string
  /** Whom to skip, as its wire told the client: `123.456` for Pusher, a Socket.IO id. Null: everyone hears it. */
  readonly socketId: string | null
  /** From a client to the others. `userId` is its sender's on a presence channel. */
  readonly whisper: { readonly userId: string | null } | null
}

/** Says it to whoever listens now, on any wire and any node. Sizes and names are the caller's to check. */
export function publish(chat: Chat, app: App, broadcast: EchoBroadcast): void {
  const { channel, event, data, socketId, whisper } = broadcast
  chat.broadcast(app, { channel: echoName(channel), name: event, data, origin: socketId, meta: whisper })
}

/** What the house itself tells all who listen to a channel, in their wire's own words. */
export type ChannelNews =
  | { readonly type: 'member_added'; readonly userId: string; readonly info: string }
  | { readonly type: 'member_removed'; readonly userId: string; readonly info: string }
  /** On a user's own channel: its connections are to end. */
  | { readonly type: 'terminated' }

/** On every node. */
export function tellNews(chat: Chat, app: App, channel: string, news: ChannelNews): void {
  chat.broadcast(app, { channel: echoName(channel), name: news.type, data: '', meta: { news } })
}

/** For the listeners of this node: each finds out by itself. `socketId` is whom to skip. */
export function newsHere(
  app: App,
  channel: string,
  news: ChannelNews,
  { socketId, at }: { readonly socketId: string | null; readonly at: number },
): Delivery {
  const words = { channel: echoName(channel), name: news.type, data: '', meta: { news } }
  return { event: { type: 'broadcast', appId: app.id, at, origin: socketId, ...words }, room: null, here: true }
}

export function channelNewsOf(delivery: Delivery): { readonly channel: string; readonly news: ChannelNews } | null {
  const { event } = delivery
  if (event.type !== 'broadcast' || !event.meta || !('news' in event.meta)) return null
  if (!event.channel.startsWith(prefix)) return null
  const news = event.meta['news'] as ChannelNews | null
  // Of members nodes tell each other nothing in this way: it would fit no list, and may be in any form.
  if (!news || (delivery.foreign && news.type !== 'terminated')) return null
  return { channel: event.channel.slice(prefix.length), news }
}

/** Where to listen for a channel. */
export function echoTopic(appId: AppId, channel: string): ChannelTopic {
  return channelTopic(appId, echoName(channel))
}

/** For an encoding that listens to an `echoTopic`; null for whatever else the hub delivers. */
export function echoBroadcastOf({ event }: Delivery): EchoBroadcast | null {
  if (event.type !== 'broadcast' || !event.channel.startsWith(prefix)) return null
  if (event.meta && 'news' in event.meta) return null
  const userId = event.meta?.['userId']
  return {
    channel: event.channel.slice(prefix.length),
    event: event.name,
    data: event.data,
    socketId: event.origin,
    whisper: event.meta && { userId: typeof userId === 'string' ? userId : null },
  }
}

// The channels of the JWT socket have a prefix of their own: nobody reaches one kind by the other's names.
const prefix = 'echo:'

function echoName(channel: string): string {
  return prefix + channel
}
