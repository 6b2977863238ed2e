import type { Accounts } from '../../core/accounts.ts'
import type { Chat } from '../../core/chat.ts'
import { ChatError } from '../../core/errors.ts'
import type { App, RoomId, User } from '../../core/model.ts'
import type { Nodes } from '../../core/nodes.ts'
import type { Bus, Store } from '../../core/ports.ts'
import { houseSession } from '../../core/session.ts'
import { channelOfRoom, roomKey } from './channel-names.ts'
import type { Speaker } from './words.ts'

const maxKnown = 10_000

export interface ChannelRoomsOptions {
  readonly chat: Chat
  readonly store: Store
  readonly accounts: Accounts
  readonly bus: Bus
  readonly nodes: Nodes
}

/** The rooms of the channels that are kept, and their people. */
export class ChannelRooms {
  readonly #options: ChannelRoomsOptions
  /** A promise while it is being found: who asks meanwhile must not overtake who asked first. */
  readonly #known = new Map<string, RoomId | Promise<RoomId>>()

  constructor(options: ChannelRoomsOptions) {
    this.#options = options
    // Of rooms that were removed meanwhile nobody told.
    options.nodes.onGap(() => this.#known.clear())
    options.bus.listen(({ event, room }) => {
      if (event.type !== 'room_removed' || !room) return
      const channel = channelOfRoom(room)
      if (channel !== null) this.#known.delete(keyOf(room.appId, channel))
    })
  }

  /** The room of a channel, made where there was none. At once where it is known, so that what comes in turn stays in turn. */
  roomOf(app: App, channel: string): RoomId | Promise<RoomId> {
    const key = keyOf(app.id, channel)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const found = this.#ensure(app, channel).then(
      (roomId) => {
        // Not when it was removed meanwhile.
        if (this.#known.get(key) === found) this.#known.set(key, roomId)
        return roomId
      },
      (error: unknown) => {
        if (this.#known.get(key) === found) this.#known.delete(key)
        throw error
      },
    )
    this.#remember(key, found)
    return found
  }

  /** The user behind a token, as a member of the room: made where there was none, and called as the token says. */
  async enter(app: App, roomId: RoomId, { id, name }: Speaker): Promise<User> {
    const { store, accounts, chat } = this.#options
    const identity = { protocol: 'laravel', externalId: String(id) } as const
    const { user } = await store.users.ensure({ appId: app.id, role: 'member', name, identity })
    const named = user.name === name ? user : await accounts.change(app.id, user.id, () => ({ name }))
    if (!named) throw new ChatError('not_found', 'there is no such user')
    const roomful = await store.rooms.withMembers(app.id, roomId)
    if (!roomful?.members.has(named.id)) {
      await chat.execute(houseSession(app), { type: 'invite', roomId, userIds: [named.id] })
    }
    return named
  }

  async #ensure(app: App, channel: string): Promise<RoomId> {
    const draft = { kind: 'laravel_channel', name: channel, state: 'active', ownerId: null, members: [] } as const
    const { room } = await this.#options.store.rooms.ensure({ ...draft, appId: app.id, key: roomKey(channel) })
    return room.id
  }

  #remember(key: string, found: Promise<RoomId>): void {
    if (this.#known.size >= maxKnown) {
      const oldest = this.#known.keys().next()
      if (!oldest.done) this.#known.delete(oldest.value)
    }
    this.#known.set(key, found)
  }
}

/** An app's id has no colon. */
function keyOf(appId: string, channel: string): string {
  return `${appId}:${channel}`
}
