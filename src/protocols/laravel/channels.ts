import type { Swept } from '../../core/broom.ts'
import { ChatError } from '../../core/errors.ts'
import type { App, AppId } from '../../core/model.ts'
import type { Nodes, Roster } from '../../core/nodes.ts'
import type { Bus, Clock } from '../../core/ports.ts'
import { newsHere, type ChannelNews } from './broadcasts.ts'
import type { ChannelMember } from './channel-member.ts'
import { totalOf } from './connection-counts.ts'
import { placeKey, placeOf } from './place-keys.ts'

interface Present extends ChannelMember {
  /** On this node. */
  connections: number
  /** On how many other nodes. */
  elsewhere: number
}

/** A channel that somebody is in, on any node. It is gone with the last of them. */
export interface OpenChannel {
  readonly app: App
  readonly name: string
  /** Connections on any wire. Those of other nodes are counted a second late. */
  readonly subscribers: number
  /** Of presence channels: each user once, by id, in the order in which they came. */
  readonly members: ReadonlyMap<string, ChannelMember> | null
}

interface Counted extends OpenChannel {
  readonly key: string
  here: number
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

/** What becomes of channels, for those who tell the application. Each node sees what becomes of them on any. */
export type Occurrence =
  | { readonly type: 'channel_occupied' | 'channel_vacated'; readonly app: App; readonly channel: string }
  | {
      readonly type: 'member_added' | 'member_removed'
      readonly app: App
      readonly channel: string
      readonly userId: string
    }

export interface ChannelsOptions {
  readonly apps: readonly App[]
  readonly bus: Bus
  readonly nodes: Nodes
  /** Public channels of one app that somebody is in: their names are anybody's to make up. */
  readonly maxPublicChannels: number
  /** Users in one presence channel. */
  readonly maxMembers: number
  readonly onOccurrence: (occurrence: Occurrence) => void
  readonly now: Clock
}

interface AppChannels {
  readonly app: App
  readonly byName: Map<string, Counted>
  publicOnes: number
}

const signed = /^(?:private|presence)-/
const beginningMs = 5000

/**
 * Who is in which channel of Laravel Echo, on whatever wire and node: the members of a presence channel see each other
 * across them. A user who is there with several connections comes with the first and goes with the last.
 *
 * Each node tells its own listeners who came and went, as it learns of it: so what they hear always fits the list that
 * they began with, whichever node saw what first.
 */
export class Channels implements Swept {
  readonly #apps: ReadonlyMap<AppId, AppChannels>
  readonly #options: ChannelsOptions
  /** Of each channel how many connections a node has, and of each of its members there what the others see of them. */
  readonly #roster: Roster
  /** The others don't know their new counts yet. */
  readonly #recounted = new Set<Counted>()
  readonly #openedAt: number
  /** What is followed happened long ago. */
  #isLate = false

  constructor(options: ChannelsOptions) {
    this.#options = options
    this.#apps = new Map(
      options.apps.map((app) => [app.id, { app, byName: new Map<string, Counted>(), publicOnes: 0 }]),
    )
    this.#openedAt = options.now()
    this.#roster = options.nodes.roster('echo-channels')
    this.#roster.onChange((key, nodeId, value) => {
      this.#isLate = value !== null && this.#wasThere(nodeId)
      this.#follow(key)
      this.#isLate = false
    })
  }

  /**
   * Takes a seat and tells those who are there, the newcomer's connection excepted. `member` for presence channels, null
   * for others: it is the wire's to look at the name and the signature. Throws `conflict` when there is no room.
   */
  enter(app: App, name: string, member: ChannelMember | null, socketId: string): Seat {
    const channels = this.#apps.get(app.id)
    if (!channels) throw new Error(`${app.id} is no app of these channels`)
    const known = channels.byName.get(name)
    if (!known) this.#mustHaveRoom(channels, name)
    const channel = known ?? this.#open(channels, name)
    const present = member && channel.members?.get(member.id)
    if (member && !present) this.#mustHaveRoomFor(channel)
    this.#count(channel, 1)
    if (member && channel.members) {
      const one = present ?? this.#come(channel, channel.members, member, socketId)
      if (++one.connections === 1) this.#roster.put(placeKey(app.id, name, one.id), one.info)
    }
    return { channel, userId: member?.id ?? null, socketId }
  }

  /** Once for each seat. */
  leave({ channel: { app, name }, userId, socketId }: Seat): void {
    const channels = this.#apps.get(app.id)
    const channel = channels?.byName.get(name)
    if (!channels || !channel) return
    const present = userId === null ? undefined : channel.members?.get(userId)
    if (present && --present.connections === 0) {
      this.#roster.remove(placeKey(app.id, name, present.id))
      if (present.elsewhere === 0) this.#go(channel, present, socketId)
    }
    this.#count(channel, -1)
    this.#closeIfEmpty(channels, channel)
  }

  /** Null when nobody is in it. */
  find(appId: AppId, name: string): OpenChannel | null {
    return this.#apps.get(appId)?.byName.get(name) ?? null
  }

  /** All of an app that somebody is in. */
  of(appId: AppId): Iterable<OpenChannel> {
    return this.#apps.get(appId)?.byName.values() ?? []
  }

  sweep(): void {
    for (const { key, here } of this.#recounted) this.#roster.put(key, String(here))
    this.#recounted.clear()
  }

  /** That somebody is there at all is said at once, how many are, once a second. */
  #count(channel: Counted, change: 1 | -1): void {
    channel.here += change
    channel.subscribers += change
    if (change === 1 && channel.here === 1) this.#roster.put(channel.key, '1')
    else if (channel.here > 0) this.#recounted.add(channel)
    else {
      this.#recounted.delete(channel)
      this.#roster.remove(channel.key)
    }
  }

  /**
   * What a node begins with is what it learns of those that were there before: the application knows it already. Their
   * first seconds together are taken for it too.
   */
  #wasThere(nodeId: string): boolean {
    const { nodes, now } = this.#options
    if (now() - this.#openedAt > beginningMs) return false
    const startOf = (id: string): number => nodes.all.find((card) => card.id === id)?.startedAt ?? Infinity
    return startOf(nodeId) < startOf(nodes.id)
  }

  /** Another node has something else under a key. */
  #follow(key: string): void {
    const place = placeOf(key)
    const channels = place && this.#apps.get(place.appId)
    if (!place || !channels) return
    const others = this.#roster.others(key)
    const channel = channels.byName.get(place.channel) ?? (others.size > 0 ? this.#open(channels, place.channel) : null)
    if (!channel) return
    if (place.person === null) channel.subscribers = channel.here + totalOf(others.values())
    else if (channel.members) this.#followMember(channel, channel.members, place.person, others)
    this.#closeIfEmpty(channels, channel)
  }

  #followMember(
    channel: Counted,
    members: Map<string, Present>,
    id: string,
    others: ReadonlyMap<string, string>,
  ): void {
    const [info] = others.values()
    const known = members.get(id)
    const present =
      known ?? (info !== undefined && isJson(info) ? this.#come(channel, members, { id, info }, null) : null)
    if (!present) return
    present.elsewhere = others.size
    if (present.connections === 0 && present.elsewhere === 0) this.#go(channel, present, null)
  }

  #come(
    channel: Counted,
    members: Map<string, Present>,
    { id, info }: ChannelMember,
    socketId: string | null,
  ): Present {
    const present = { id, info, connections: 0, elsewhere: 0 }
    members.set(id, present)
    this.#tell(channel, { type: 'member_added', userId: id, info }, socketId)
    this.#occur({ type: 'member_added', app: channel.app, channel: channel.name, userId: id })
    return present
  }

  #go(channel: Counted, { id, info }: Present, socketId: string | null): void {
    channel.members?.delete(id)
    this.#tell(channel, { type: 'member_removed', userId: id, info }, socketId)
    this.#occur({ type: 'member_removed', app: channel.app, channel: channel.name, userId: id })
  }

  #open(channels: AppChannels, name: string): Counted {
    const { app, byName } = channels
    const members = name.startsWith('presence-') ? new Map<string, Present>() : null
    const channel = { app, name, key: placeKey(app.id, name), here: 0, subscribers: 0, members }
    byName.set(name, channel)
    if (!signed.test(name)) channels.publicOnes++
    this.#occur({ type: 'channel_occupied', app, channel: name })
    return channel
  }

  /** Another node's count and its members come one after the other, in any order where it died. */
  #closeIfEmpty(channels: AppChannels, { app, name, subscribers, members }: Counted): void {
    if (subscribers > 0 || (members && members.size > 0)) return
    channels.byName.delete(name)
    if (!signed.test(name)) channels.publicOnes--
    this.#occur({ type: 'channel_vacated', app, channel: name })
  }

  #mustHaveRoom({ publicOnes }: AppChannels, name: string): void {
    const { maxPublicChannels } = this.#options
    if (signed.test(name) || publicOnes < maxPublicChannels) return
    throw new ChatError('conflict', `this app has ${maxPublicChannels} open public channels, which is the most`)
  }

  #mustHaveRoomFor({ members }: Counted): void {
    const { maxMembers } = this.#options
    if (!members || members.size < maxMembers) return
    throw new ChatError('conflict', `this channel has ${maxMembers} members already, which is the most`)
  }

  #tell({ app, name }: Counted, news: ChannelNews, socketId: string | null): void {
    const { bus, now } = this.#options
    bus.publish(newsHere(app, name, news, { socketId, at: now() }))
  }

  #occur(occurrence: Occurrence): void {
    if (!this.#isLate) this.#options.onOccurrence(occurrence)
  }
}

/** It goes to clients as it is. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
