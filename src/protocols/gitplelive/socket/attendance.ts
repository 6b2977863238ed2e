import type { Swept } from '../../../core/broom.ts'
import type { Delivery } from '../../../core/event.ts'
import type { AppId, Room, RoomId, User, UserId } from '../../../core/model.ts'
import type { Bus, Log, Store } from '../../../core/ports.ts'
import type { Roomful } from '../../../core/room.ts'
import { createdIn, removedIn, reportedIn, type Created, type Removed, type Reported } from '../announcements.ts'
import { channelIdOf } from '../channel.ts'
import type { Counts } from '../counts.ts'
import type { People } from '../people.ts'
import { userShape } from '../shapes.ts'
import type { ChannelFrames } from './channel-encoding.ts'
import { userFrame, type EventWords } from './event-words.ts'

/** A signed-in connection, as far as the changes around it go. */
export interface Attendee {
  readonly user: User
  /** Hears the channel from now on, if it didn't. `frame` says so and is heard in any case. */
  joined(room: Room, frame: Uint8Array | null): void
  /** The same for one that it was in from the beginning: hears what has happened there until now. `frame` is heard if it didn't. */
  wasPutInto(room: Room, frame: Uint8Array): void
  /** Hears the channel no longer. `frame` says so, for one that didn't hear it with the others. */
  left(roomId: RoomId, frame: Uint8Array | null): void
  /** Hears this. `isUserNews`: only who wants to know of others' accounts. */
  hear(bytes: Uint8Array, isUserNews: boolean): void
  /** Its own account is another now; null when it is gone. */
  changed(user: User | null): void
}

/** Whose change is told to the people of that many of its channels, those that changed last. */
const maxChannels = 100
const rereadAtOnce = 500
/** Accounts that wait to be told of. Past it changes are told by the next message of who changed. */
const maxChanges = 10_000

export interface AttendanceOptions {
  readonly bus: Bus
  readonly prepared: Bus
  readonly store: Store
  readonly people: People
  readonly counts: Counts
  readonly words: EventWords
  readonly frames: ChannelFrames
  readonly log: Log
}

/**
 * Who is connected to this node, so that whoever becomes a member of a channel hears it at once and who is a member no longer
 * doesn't; so that a revoked token ends its connections; and so that people hear of those whom they share a channel with.
 */
export class Attendance implements Swept {
  readonly #options: AttendanceOptions
  readonly #attendees = new Map<UserId, Set<Attendee>>()
  /** Accounts that changed since the last sweep: whoever changes its own all the time is told of once a second. */
  readonly #changes = new Map<UserId, User>()

  /** To be made after the hub of the same bus: the last that one hears of a channel is one's own leaving. */
  constructor(options: AttendanceOptions) {
    this.#options = options
    options.prepared.listen((delivery) => this.#happened(delivery))
    options.bus.listen(({ event }) => {
      if (event.type === 'user_changed') this.#changed(event.user)
      else if (event.type === 'user_removed') this.#removed(event.appId, event.userId)
      if (event.type !== 'broadcast') return
      const [created, reported, removed] = [createdIn(event), reportedIn(event), removedIn(event)]
      if (created) this.#late(this.#created(event.appId, created))
      if (reported) this.#late(this.#reported(event.appId, reported))
      if (removed) this.#late(this.#gone(event.appId, removed))
    })
  }

  enter(attendee: Attendee): void {
    const { id } = attendee.user
    const attendees = this.#attendees.get(id) ?? new Set()
    attendees.add(attendee)
    this.#attendees.set(id, attendees)
  }

  leave(attendee: Attendee): void {
    const { id } = attendee.user
    const attendees = this.#attendees.get(id)
    attendees?.delete(attendee)
    if (attendees?.size === 0) this.#attendees.delete(id)
  }

  /** Connections of a user. */
  of(userId: UserId): Iterable<Attendee> {
    return this.#attendees.get(userId) ?? []
  }

  /** Tells of the accounts that changed. */
  sweep(): void {
    for (const user of this.#changes.values()) this.#late(this.#tellPeers(user))
    this.#changes.clear()
  }

  /**
   * What others said may have been missed: accounts that changed, and channels that were made. Those who are removed meanwhile
   * are found removed when they are asked for.
   */
  reread(): void {
    if (this.#attendees.size > 0) this.#late(this.#rereadAll())
  }

  #happened(delivery: Delivery): void {
    const { event, room } = delivery
    if (!room) return
    switch (event.type) {
      case 'member_joined': {
        const frame = this.#options.frames.bytes(delivery)
        for (const attendee of this.of(event.userId)) attendee.joined(room, frame)
        return
      }
      case 'member_left': {
        const frame = this.#options.frames.bytes(delivery)
        for (const attendee of this.of(event.userId)) attendee.left(event.roomId, frame)
        return
      }
      case 'user_banned':
      case 'user_unbanned': {
        // Who is banned is no member any more, and should know.
        const frame = this.#options.frames.bytes(delivery)
        for (const attendee of this.of(event.userId)) if (frame) attendee.hear(frame, false)
        return
      }
      case 'room_closed':
      case 'room_removed': {
        const frame = this.#options.frames.bytes(delivery)
        for (const attendees of this.#attendees.values()) for (const one of attendees) one.left(event.roomId, frame)
      }
    }
  }

  #changed(user: User): void {
    for (const attendee of this.of(user.id)) attendee.changed(user)
    if (this.#attendees.size > 0 && this.#changes.size < maxChanges) this.#changes.set(user.id, user)
  }

  #removed(appId: AppId, userId: UserId): void {
    for (const attendee of this.of(userId)) if (attendee.user.appId === appId) attendee.changed(null)
  }

  async #created(appId: AppId, { roomId }: Created): Promise<void> {
    if (!(await this.#channel(appId, roomId))) return
    // As it is now: somebody may have written in it while people were looked up.
    const roomful = await this.#options.store.rooms.withMembers(appId, roomId)
    if (roomful) for (const userId of this.#here(roomful)) this.#putInto(roomful.room, userId)
  }

  #putInto(room: Room, userId: UserId): void {
    const { words, frames } = this.#options
    const frame = frames.framing.frame(words.madeFrame(room, userId))
    for (const attendee of this.of(userId)) attendee.wasPutInto(room, frame)
  }

  async #rereadAll(): Promise<void> {
    const { store } = this.#options
    const byApp = Map.groupBy(
      this.#attendees.values().flatMap((attendees) => attendees.values().take(1)),
      ({ user }) => user.appId,
    )
    for (const [appId, some] of byApp) {
      for (let at = 0; at < some.length; at += rereadAtOnce) {
        const users = some.slice(at, at + rereadAtOnce).map(({ user }) => user)
        const found = await store.users.byIds(
          appId,
          users.map(({ id }) => id),
        )
        for (const { id } of users) for (const attendee of this.of(id)) attendee.changed(found.get(id) ?? null)
      }
    }
    for (const userId of this.#attendees.keys().toArray()) await this.#rereadChannels(userId)
  }

  async #rereadChannels(userId: UserId): Promise<void> {
    const [attendee] = this.of(userId)
    if (!attendee) return
    const query = { appId: attendee.user.appId, kind: 'group', states: ['active'], memberId: userId } as const
    const { rooms } = await this.#options.store.rooms.find({ ...query, limit: maxChannels })
    for (const { id, appId } of rooms) {
      const roomful = await this.#channel(appId, id)
      if (roomful?.members.has(userId)) this.#putInto(roomful.room, userId)
    }
  }

  async #reported(appId: AppId, { roomId, report }: Reported): Promise<void> {
    const { words, frames } = this.#options
    const roomful = await this.#channel(appId, roomId)
    if (!roomful) return
    const frame = frames.framing.frame(words.reportFrame(roomful.room, report))
    const managers = this.#here(roomful).filter((userId) => roomful.members.get(userId)?.role === 'manager')
    for (const userId of managers) for (const attendee of this.of(userId)) attendee.hear(frame, false)
  }

  /** With those who are here known by name. */
  async #channel(appId: AppId, roomId: RoomId): Promise<Roomful | null> {
    const { store, people, counts } = this.#options
    const roomful = await store.rooms.withMembers(appId, roomId)
    if (!roomful || channelIdOf(roomful.room) === null) return null
    await Promise.all([people.load(appId, this.#here(roomful)), counts.of(roomful.room)])
    return roomful
  }

  /** Each connection once, however many channels they share; and the user's own. */
  async #tellPeers(user: User): Promise<void> {
    const { store, frames } = this.#options
    const frame = frames.framing.frame(userFrame('user_update', userShape(user)))
    const query = { appId: user.appId, kind: 'group', states: ['active'], memberId: user.id } as const
    const { rooms } = await store.rooms.find({ ...query, limit: maxChannels })
    const peers = await this.#peersIn(
      user.appId,
      rooms.map(({ id }) => id),
    )
    for (const userId of peers.add(user.id)) for (const attendee of this.of(userId)) attendee.hear(frame, true)
  }

  async #gone(appId: AppId, { userId, roomIds }: Removed): Promise<void> {
    const frame = this.#options.frames.framing.frame(userFrame('user_delete', { user_id: userId }))
    for (const peer of await this.#peersIn(appId, roomIds))
      for (const attendee of this.of(peer)) attendee.hear(frame, true)
  }

  /** Who is connected here and in one of these channels. Others have their turn between two channels, which may be large. */
  async #peersIn(appId: AppId, roomIds: readonly RoomId[]): Promise<Set<UserId>> {
    const peers = new Set<UserId>()
    for (const id of roomIds) {
      const roomful = await this.#options.store.rooms.withMembers(appId, id)
      if (roomful) for (const userId of this.#here(roomful)) peers.add(userId)
      await new Promise(setImmediate)
    }
    return peers
  }

  /** The members who are connected to this node. */
  #here({ members }: Roomful): UserId[] {
    return [...members.keys()].filter((userId) => this.#attendees.has(userId))
  }

  #late(work: Promise<void>): void {
    work.catch((error: unknown) => this.#options.log.warn({ error }, 'some connections were not told'))
  }
}
