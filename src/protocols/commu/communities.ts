import type { Chat } from '../../core/chat.ts'
import { ChatError } from '../../core/errors.ts'
import type { Room, UserId } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'
import type { Roomful } from '../../core/room.ts'
import { houseSession, type Session } from '../../core/session.ts'
import type { Channels } from './channels.ts'
import type { Directory } from './directory.ts'
import { demandPlaces, type CommuLimits, type CommuMaxima } from './limits.ts'
import { communityDraft, type PlacePatch, type PlaceWords } from './places.ts'

/** What becomes of communities, and of their channels with them. Rejects as `Chat.execute` does. */
export class Communities {
  readonly #store: Store
  readonly #chat: Chat
  readonly #directory: Directory
  readonly #channels: Channels
  readonly #limits: CommuLimits
  readonly #maxima: CommuMaxima

  constructor(parts: {
    readonly store: Store
    readonly chat: Chat
    readonly directory: Directory
    readonly channels: Channels
    readonly limits: CommuLimits
    readonly maxima: CommuMaxima
  }) {
    this.#store = parts.store
    this.#chat = parts.chat
    this.#directory = parts.directory
    this.#channels = parts.channels
    this.#limits = parts.limits
    this.#maxima = parts.maxima
  }

  async open({ app, user }: Session, words: PlaceWords): Promise<Room> {
    if (!user) throw new Error('a community needs somebody who makes it')
    if (user.blocked) throw new ChatError('banned', 'this account may not write')
    const owned = { appId: app.id, kind: 'community', ownerId: user.id, states: ['active'], limit: 0 } as const
    const { total } = await this.#store.rooms.find(owned)
    if (total >= this.#maxima.communities)
      throw new ChatError('too_large', `one user manages at most ${this.#maxima.communities} communities`)
    return (await this.#store.rooms.ensure(communityDraft(app, user, words))).room
  }

  /** Makes others members, of the community and of all its public channels. `conflict` when one of them is in already. */
  async invite(session: Session, { room, members }: Roomful, userIds: readonly UserId[]): Promise<void> {
    if (userIds.some((id) => members.has(id))) throw new ChatError('conflict', 'already a member')
    if (members.size + userIds.length > this.#maxima.members)
      throw new ChatError('too_large', `a community has at most ${this.#maxima.members} members`)
    const channels = (await this.#directory.channelsIn(room.appId, room.id)).filter(({ open }) => open)
    if (session.user) demandPlaces(this.#limits.places, session.user.id, userIds.length * (channels.length + 1))
    await this.#chat.execute(session, { type: 'invite', roomId: room.id, userIds })
    // Looked up again: a channel may have been made meanwhile, with those who were here before.
    for (const channel of await this.#directory.channelsIn(room.appId, room.id)) {
      if (channel.open) await this.#channels.admit(session.app, channel.id, userIds)
    }
  }

  /** Only the manager. A new manager has to be a member. */
  async change(session: Session, { room, members }: Roomful, { managerId, name, ...meta }: PlacePatch): Promise<void> {
    // Before anything is changed, so that half of what was asked is never done.
    if (managerId !== undefined && !members.has(managerId)) throw new ChatError('conflict', 'not a member')
    const words = { ...(name === undefined ? {} : { name }), ...(Object.keys(meta).length === 0 ? {} : { meta }) }
    await this.#chat.execute(session, { type: 'describe', roomId: room.id, ...words })
    if (managerId !== undefined)
      await this.#chat.execute(session, { type: 'hand_over', roomId: room.id, toId: managerId })
  }

  /** Only the manager. Its channels go with it; nothing is lost, but nobody sees it any more. */
  async close(session: Session, room: Room): Promise<void> {
    await this.#chat.execute(session, { type: 'close', roomId: room.id, farewell: null })
    await this.#closeChannels(session, room)
  }

  /**
   * Leaves it and all its channels. Those that the user manages go to the community's manager, or to who is in them for the
   * longest time. The manager leaves last, and the community closes: `conflict` while others are there.
   */
  async leave(session: Session, { room, members }: Roomful): Promise<void> {
    const { user } = session
    if (!user || !members.has(user.id)) throw new ChatError('conflict', 'not a member of this community')
    // Looked at before the channels are left; who comes meanwhile is found by the core.
    if (room.ownerId === user.id && members.size > 1)
      throw new ChatError('conflict', 'hand the community over before leaving it')
    await this.#leaveChannels(session, room, user.id)
    const left = await this.#chat.execute(session, { type: 'leave', roomId: room.id })
    // Until now others could invite into another channel.
    await this.#leaveChannels(session, room, user.id)
    if (left.room.state === 'closed') await this.#closeChannels(session, room)
  }

  async #leaveChannels({ app }: Session, { appId, id, ownerId }: Room, userId: UserId): Promise<void> {
    for (const channel of await this.#directory.channelsOf(appId, id, userId)) {
      await this.#channels.remove(app, channel.id, userId, ownerId)
    }
  }

  async #closeChannels({ app }: Session, { appId, id }: Room): Promise<void> {
    for (const channel of await this.#directory.channelsIn(appId, id)) {
      await this.#chat.execute(houseSession(app), { type: 'close', roomId: channel.id, farewell: null })
    }
  }
}
