import { ProcessBus } from '../../src/buses/process-bus.ts'
import { Chat } from '../../src/core/chat.ts'
import type { Draft } from '../../src/core/command.ts'
import type { Delivery } from '../../src/core/event.ts'
import { RateLimit } from '../../src/core/limits.ts'
import type { App, AppId, Role, Room, User } from '../../src/core/model.ts'
import type { RoomDraft } from '../../src/core/ports.ts'
import { houseSession, type Session } from '../../src/core/session.ts'
import { SqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }

/** A chat on a store in memory, with a clock that the test moves, and all that was told. */
export class ChatScene {
  readonly app: App = { id: 'app' as AppId, name: 'App', origins: [] }
  readonly other: App = { id: 'other' as AppId, name: 'Other', origins: [] }
  readonly house = houseSession(this.app)
  readonly heard: Delivery[] = []
  readonly store: SqliteStore
  readonly chat: Chat
  now = 1_700_000_000_000
  #made = 0

  constructor() {
    const now = () => this.now
    this.store = new SqliteStore({ path: ':memory:', log: quiet, now })
    const bus = new ProcessBus(quiet)
    bus.listen((delivery) => this.heard.push(delivery))
    const rate = new RateLimit({ perSecond: 10, burst: 20, now })
    this.chat = new Chat({ store: this.store, bus, now, rate, maxBodyChars: 100, maxDetailChars: 50 })
  }

  async someone(role: Role, of: App = this.app): Promise<Session & { user: User }> {
    const identity = { protocol: 'commu', externalId: `${this.#made++}` } as const
    const draft = { appId: of.id, role, name: `${role} ${this.#made}`, identity }
    return { app: of, user: await this.store.users.create(draft), origin: `line ${this.#made}` }
  }

  async room(more: Partial<RoomDraft> & { people?: readonly Session[] } = {}): Promise<Room> {
    const { people = [], ...draft } = more
    const members = people.flatMap(({ user }) => (user ? [{ userId: user.id, role: user.role }] : []))
    const base = {
      appId: this.app.id,
      key: `${this.#made++}`,
      kind: 'channel',
      name: '',
      state: 'active',
      ownerId: null,
      members,
    } as const
    return (await this.store.rooms.ensure({ ...base, ...draft })).room
  }

  say(session: Session, { id }: Room, body: string, more: Partial<Draft> = {}) {
    return this.chat.execute(session, { type: 'post', roomId: id, draft: { type: 'text', body, ...more } })
  }

  told(): string[] {
    return this.heard.map(({ event }) => event.type)
  }
}
