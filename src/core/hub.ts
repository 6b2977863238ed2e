import type { Event } from './event.ts'
import type { AppId, RoomId, UserId } from './model.ts'
import type { Bus, Encoding, Line, Log } from './ports.ts'
import type { Delivery } from './event.ts'

/**
 * What can be listened to: one room's events, what happens in all rooms of an app (a lobby, a back office), one user's
 * coming and going in the app, or a named channel of the app that keeps nothing.
 */
export type Topic = RoomId | AppId | UserTopic | ChannelTopic
export type UserTopic = `user:${number}`
export type ChannelTopic = `channel:${string}`

export function userTopic(id: UserId): UserTopic {
  return `user:${id}`
}

/** The app's id has no colon, so that no channel's name leads into another app. */
export function channelTopic(appId: AppId, channel: string): ChannelTopic {
  return `channel:${appId}:${channel}`
}

/** One line's place among those who get the same bytes. */
export interface Subscription {
  readonly topic: Topic
  readonly line: Line
  readonly group: Group
  /** Its place in `group.subscriptions`, so that leaving a room of thousands is one swap. */
  index: number
}

/** What was told to the listeners of one protocol. */
export interface DeliveryCounts {
  /** Events that became bytes, once for each group of listeners. */
  encoded: number
  /** Copies of them: one for each listener. */
  delivered: number
}

interface Group {
  readonly encoding: Encoding
  readonly counts: DeliveryCounts
  subscriptions: Subscription[]
}

/**
 * Who on this node hears what. Every event is encoded once per group of equal encodings, then the same bytes
 * are pushed to each line: the loop below is the program's hottest, and allocates nothing per receiver.
 */
export class Hub {
  readonly #topics = new Map<Topic, Map<string, Group>>()
  readonly #counts = new Map<string, DeliveryCounts>()
  readonly #audiences: ((roomId: RoomId) => boolean)[] = []
  /** What the loop of `#tell` is going through. */
  #beingTold: readonly Subscription[] | null = null
  readonly #log: Log

  constructor(bus: Bus, log: Log) {
    this.#log = log
    bus.listen((delivery) => this.#deliver(delivery))
  }

  subscribe(topic: Topic, encoding: Encoding, line: Line): Subscription {
    let groups = this.#topics.get(topic)
    if (!groups) this.#topics.set(topic, (groups = new Map()))
    let group = groups.get(encoding.key)
    if (!group) {
      group = { encoding, counts: this.#countsOf(encoding), subscriptions: [] }
      groups.set(encoding.key, group)
    }
    const subscription = { topic, line, group, index: group.subscriptions.length }
    group.subscriptions.push(subscription)
    return subscription
  }

  /** Harmless when already done. */
  unsubscribe(subscription: Subscription): void {
    const { topic, group } = subscription
    if (group.subscriptions[subscription.index] !== subscription) return
    // A line that is too slow closes itself while it is pushed to. The swap would make the loop miss the last one.
    if (group.subscriptions === this.#beingTold) group.subscriptions = group.subscriptions.slice()
    const { subscriptions } = group
    const last = subscriptions.pop()
    if (last && last !== subscription) {
      subscriptions[subscription.index] = last
      last.index = subscription.index
    }
    subscription.index = -1
    if (subscriptions.length > 0) return
    const groups = this.#topics.get(topic)
    groups?.delete(group.encoding.key)
    if (groups?.size === 0) this.#topics.delete(topic)
  }

  /** How many lines on this node listen to a topic. */
  listeners(topic: Topic): number {
    let count = 0
    for (const group of this.#topics.get(topic)?.values() ?? []) count += group.subscriptions.length
    return count
  }

  /** Listens to the bus itself, and says of which rooms. See `hears`. */
  addAudience(isHeard: (roomId: RoomId) => boolean): void {
    this.#audiences.push(isHeard)
  }

  /** Whether anybody on this node has to hear all that happens in a room. What nobody has to hear may be spared the bus here. */
  hears(appId: AppId, roomId: RoomId): boolean {
    if (this.#topics.has(roomId) || this.#topics.has(appId)) return true
    for (const isHeard of this.#audiences) if (isHeard(roomId)) return true
    return false
  }

  /** By the first word of the encodings' keys. */
  get counts(): ReadonlyMap<string, Readonly<DeliveryCounts>> {
    return this.#counts
  }

  #countsOf({ key }: Encoding): DeliveryCounts {
    const name = key.split(' ', 1)[0] ?? ''
    let counts = this.#counts.get(name)
    if (!counts) this.#counts.set(name, (counts = { encoded: 0, delivered: 0 }))
    return counts
  }

  #deliver(delivery: Delivery): void {
    const { event } = delivery
    const topic = ownTopic(event)
    if (topic !== null) this.#tell(this.#topics.get(topic), delivery)
    this.#tell(this.#topics.get(event.appId), delivery)
  }

  #tell(groups: Map<string, Group> | undefined, delivery: Delivery): void {
    if (!groups) return
    for (const { encoding, counts, subscriptions } of groups.values()) {
      let bytes: Uint8Array | null
      try {
        bytes = encoding.encode(delivery)
      } catch (error) {
        this.#log.error(
          { error, event: delivery.event.type, encoding: encoding.key },
          'an event could not be encoded; its listeners missed it',
        )
        continue
      }
      if (!bytes) continue
      counts.encoded++
      counts.delivered += subscriptions.length
      this.#beingTold = subscriptions
      const skipped = encoding.skips?.(delivery) ?? null
      if (skipped === null) for (let i = 0; i < subscriptions.length; i++) subscriptions[i]?.line.push(bytes)
      else pushToOthers(subscriptions, bytes, skipped)
    }
    this.#beingTold = null
  }
}

function pushToOthers(subscriptions: readonly Subscription[], bytes: Uint8Array, skipped: string): void {
  for (let i = 0; i < subscriptions.length; i++) {
    const line = subscriptions[i]?.line
    if (line && line.id !== skipped) line.push(bytes)
  }
}

function ownTopic(event: Event): Topic | null {
  if ('roomId' in event && event.roomId !== null) return event.roomId
  if (event.type === 'presence_changed') return userTopic(event.userId)
  if (event.type === 'broadcast') return channelTopic(event.appId, event.channel)
  return event.type === 'user_changed' ? userTopic(event.user.id) : null
}
