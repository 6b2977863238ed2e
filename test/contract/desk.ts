import type { AppId, Message, ProtocolName, Role, Room, RoomId, User, UserId } from '../../src/core/model.ts'
import type { Appended, Clock, RoomDraft, Store, UserDraft } from '../../src/core/ports.ts'
import type { Change } from '../../src/core/room.ts'

/** A store under test, empty and with a clock that the test moves. */
export interface OpenedStore {
  readonly store: Store
  /** Closes it and opens it again on the same data. */
  reopen(): Promise<Store>
  /** Closes it and removes what it kept. */
  close(): Promise<void>
}

export type OpenStore = (now: Clock) => Promise<OpenedStore>

export const house = { actorId: null, origin: null } as const

/** One open store, and short words for what the tests do to it. Every test takes its own app, so that one store serves all. */
export class Desk {
  readonly opened: OpenedStore
  store: Store
  #now: { ms: number }
  #made = 0

  constructor(opened: OpenedStore, now: { ms: number }) {
    this.opened = opened
    this.store = opened.store
    this.#now = now
  }

  static async open(open: OpenStore): Promise<Desk> {
    const now = { ms: 1_700_000_000_000 }
    return new Desk(await open(() => now.ms), now)
  }

  get now(): number {
    return this.#now.ms
  }

  pass(ms: number): void {
    this.#now.ms += ms
  }

  newApp(): AppId {
    return `app${this.#made++}` as AppId
  }

  async reopen(): Promise<Store> {
    this.store = await this.opened.reopen()
    return this.store
  }

  userDraft(appId: AppId, role: Role = 'member', more: Partial<UserDraft> = {}): UserDraft {
    return { appId, role, name: `user ${this.#made}`, identity: identity('commu', `u${this.#made++}`), ...more }
  }

  async user(appId: AppId, role: Role = 'member', more: Partial<UserDraft> = {}): Promise<User> {
    return this.store.users.create(this.userDraft(appId, role, more))
  }

  roomDraft(appId: AppId, more: Partial<RoomDraft> = {}): RoomDraft {
    const key = `r${this.#made++}`
    return { appId, key, kind: 'channel', name: key, state: 'active', ownerId: null, members: [], ...more }
  }

  async room(appId: AppId, more: Partial<RoomDraft> = {}): Promise<Room> {
    return (await this.store.rooms.ensure(this.roomDraft(appId, more))).room
  }

  /** Appends one step and waits until it is durable. */
  step(room: Room, ...changes: readonly Change[]): Promise<Appended> {
    return this.store.append(room.appId, room.id, () => changes, house).durable
  }

  /** Posts texts, each in a step of its own, and returns the messages. */
  async say(room: Room, sender: User | null, ...bodies: readonly string[]): Promise<Message[]> {
    const steps = await Promise.all(bodies.map((body) => this.step(room, post(sender, body))))
    return steps
      .flatMap(({ events }) => events)
      .flatMap((event) => (event.type === 'message_posted' ? [event.message] : []))
  }
}

export function identity(protocol: ProtocolName, externalId: string): { protocol: ProtocolName; externalId: string } {
  return { protocol, externalId }
}

export function post(sender: User | null, body: string, more: Partial<Extract<Change, { type: 'post' }>> = {}): Change {
  const said = sender && { id: sender.id, name: sender.name, role: sender.role }
  return { type: 'post', sender: said, messageType: 'text', body, detail: '', audience: 'all', meta: null, ...more }
}

export const nobody = 2_000_000_000 as UserId
export const nowhere = 2_000_000_000 as RoomId
