import type { Chat } from '../../core/chat.ts'
import { ChatError } from '../../core/errors.ts'
import type { App, AppId } from '../../core/model.ts'
import { tellNews } from './broadcasts.ts'
import type { ChannelMember } from './channel-member.ts'

interface Present extends ChannelMember {
  connections: number
}

/** A channel that somebody is in. It is gone with the last of them. */
export interface OpenChannel {
  readonly app: App
  readonly name: string
  /** Connections on any wire. */
  readonly subscribers: number
  /** Of presence channels: each user once, by id, in the order in which they came. */
  readonly members: ReadonlyMap<string, ChannelMember> | null
}

interface Counted extends OpenChannel {
  subscribers: number
  readonly members: Map<string, Present> | null
}

/** One connection's place in a channel. */
export interface Seat {
  readonly channel: OpenChannel
  /** Who it is there; null outside presence channels. */
  readonly userId: string | null
  readonly socketId: string
}

/** What becomes of channels, for those who tell the application. */
export type Occurrence =
  | { readonly type: 'channel_occupied' | 'channel_vacated'; readonly app: App; readonly channel: string }
  | {
      readonly type: 'member_added' | 'member_removed'
      readonly app: App
      readonly channel: string
      readonly userId: string
    }

export interface ChannelsOptions {
  readonly chat: Chat
  /** Public channels of one app that somebody is in: their names are anybody's to make up. */
  readonly maxPublicChannels: number
  /** Users in one presence channel. */
  readonly maxMembers: number
  readonly onOccurrence: (occurrence: Occurrence) => void
}

interface AppChannels {
  readonly byName: Map<string, Counted>
  publicOnes: number
}

const signed = /^(?:private|presence)-/

/**
 * Who is in which channel of Laravel Echo, on whatever wire: the members of a presence channel see each other across
 * them. A user who is there with several connections comes with the first and goes with the last. Of this node alone.
 */
export class Channels {
  readonly #apps = new Map<AppId, AppChannels>()
  readonly #chat: Chat
  readonly #maxPublicChannels: number
  readonly #maxMembers: number
  readonly #onOccurrence: (occurrence: Occurrence) => void

  constructor({ chat, maxPublicChannels, maxMembers, onOccurrence }: ChannelsOptions) {
    this.#chat = chat
    this.#maxPublicChannels = maxPublicChannels
    this.#maxMembers = maxMembers
    this.#onOccurrence = onOccurrence
  }

  /**
   * Takes a seat and tells those who are there, the newcomer's connection excepted. `member` for presence channels, null
   * for others: it is the wire's to look at the name and the signature. Throws `conflict` when there is no room.
   */
  enter(app: App, name: string, member: ChannelMember | null, socketId: string): Seat {
    const channel = this.#open(app, name, member !== null)
    const isFirst = channel.subscribers === 0
    const present = member && channel.members?.get(member.id)
    if (member && !present) {
      if (channel.members && channel.members.size >= this.#maxMembers) {
        throw new ChatError('conflict', `this channel has ${this.#maxMembers} members already, which is the most`)
      }
      channel.members?.set(member.id, { id: member.id, info: member.info, connections: 0 })
    }
    const one = member && channel.members?.get(member.id)
    if (one) one.connections++
    channel.subscribers++
    if (isFirst) this.#onOccurrence({ type: 'channel_occupied', app, channel: name })
    if (member && !present) {
      tellNews(this.#chat, app, name, { type: 'member_added', userId: member.id, info: member.info }, socketId)
      this.#onOccurrence({ type: 'member_added', app, channel: name, userId: member.id })
    }
    return { channel, userId: member?.id ?? null, socketId }
  }

  /** Once for each seat. */
  leave({ channel: { app, name }, userId, socketId }: Seat): void {
    const channels = this.#apps.get(app.id)
    const channel = channels?.byName.get(name)
    if (!channels || !channel) return
    channel.subscribers--
    const present = userId === null ? undefined : channel.members?.get(userId)
    if (present && --present.connections === 0) {
      channel.members?.delete(present.id)
      tellNews(this.#chat, app, name, { type: 'member_removed', userId: present.id, info: present.info }, socketId)
      this.#onOccurrence({ type: 'member_removed', app, channel: name, userId: present.id })
    }
    if (channel.subscribers > 0) return
    channels.byName.delete(name)
    if (!signed.test(name)) channels.publicOnes--
    if (channels.byName.size === 0) this.#apps.delete(app.id)
    this.#onOccurrence({ type: 'channel_vacated', app, channel: name })
  }

  /** Null when nobody is in it. */
  find(appId: AppId, name: string): OpenChannel | null {
    return this.#apps.get(appId)?.byName.get(name) ?? null
  }

  /** All of an app that somebody is in. */
  of(appId: AppId): Iterable<OpenChannel> {
    return this.#apps.get(appId)?.byName.values() ?? []
  }

  #open(app: App, name: string, isPresence: boolean): Counted {
    const channels = this.#apps.get(app.id) ?? { byName: new Map<string, Counted>(), publicOnes: 0 }
    const open = channels.byName.get(name)
    if (open) return open
    const isPublic = !signed.test(name)
    if (isPublic && channels.publicOnes >= this.#maxPublicChannels) {
      throw new ChatError('conflict', `this app has ${this.#maxPublicChannels} open public channels, which is the most`)
    }
    const channel = { app, name, subscribers: 0, members: isPresence ? new Map<string, Present>() : null }
    channels.byName.set(name, channel)
    if (isPublic) channels.publicOnes++
    this.#apps.set(app.id, channels)
    return channel
  }
}
