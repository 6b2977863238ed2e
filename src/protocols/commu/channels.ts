import type { Chat } from '../../core/chat.ts'
import { ChatError } from '../../core/errors.ts'
import type { App, Member, Room, RoomId, UserId } from '../../core/model.ts'
import type { Clock, Store } from '../../core/ports.ts'
import type { Roomful } from '../../core/room.ts'
import { houseSession, type Session } from '../../core/session.ts'
import type { Directory } from './directory.ts'
import { demandPlaces, type CommuLimits, type CommuMaxima } from './limits.ts'
import { openingWords } from './opening-words.ts'
import { channelDraft, type PlacePatch, type PlaceWords } from './places.ts'

/** What becomes of channels. Rejects as `Chat.execute` does. */
export class Channels {
  readonly #store: Store
  readonly #chat: Chat
  readonly #directory: Directory
  readonly #limits: CommuLimits
  readonly #maxima: CommuMaxima
  readonly #now: Clock

  constructor(parts: {
    readonly store: Store
    readonly chat: Chat
    readonly directory: Directory
    readonly limits: CommuLimits
    readonly maxima: CommuMaxima
    readonly now: Clock
  }) {
    this.#store = parts.store
    this.#chat = parts.chat
    this.#directory = parts.directory
    this.#limits = parts.limits
    this.#maxima = parts.maxima
    this.#now = parts.now
  }

  /**
   * With a system message, and with everybody of the community in it, or in a private one its maker alone. Only members
   * of the community make channels: `not_found` for others.
   */
  async open(session: Session, community: Roomful, words: PlaceWords, isPrivate: boolean): Promise<Room> {
    const { app, user } = session
    const { id: communityId } = community.room
    if (!user || !community.members.has(user.id)) throw new ChatError('not_found', 'there is no such room')
    if (user.blocked) throw new ChatError('banned', 'this account may not write')
    const channels = await this.#directory.channelsIn(app.id, communityId)
    if (channels.length >= this.#maxima.channels)
      throw new ChatError('too_large', `a community has at most ${this.#maxima.channels} channels`)
    const members = isPrivate ? [user.id] : [...community.members.keys()]
    demandPlaces(this.#limits.places, user.id, members.length)
    const { room } = await this.#store.rooms.ensure(channelDraft(app, user, words, { communityId, isPrivate, members }))
    const draft = { type: 'system', body: openingWords(user.name, this.#now()) } as const
    const opened = await this.#chat.execute(houseSession(app), { type: 'announce', roomId: room.id, draft })
    // Who came to the community just before this channel was there was put into the others only.
    const now = isPrivate ? null : await this.#directory.community(app.id, communityId)
    if (now) await this.admit(app, room.id, [...now.members.keys()])
    return opened.room
  }

  /** Puts people into a channel whether anybody there invites them or not. */
  async admit(app: App, roomId: RoomId, userIds: readonly UserId[]): Promise<void> {
    const roomful = await this.#store.rooms.withMembers(app.id, roomId)
    const strangers = userIds.filter((id) => !roomful?.members.has(id))
    if (strangers.length > 0)
      await this.#chat.execute(houseSession(app), { type: 'invite', roomId, userIds: strangers })
  }

  /** By a member; into it come members of its community. Those who are in already stay as they are. */
  async invite(session: Session, roomId: RoomId, userIds: readonly UserId[]): Promise<Roomful> {
    if (session.user) demandPlaces(this.#limits.places, session.user.id, userIds.length)
    await this.#chat.execute(session, { type: 'invite', roomId, userIds })
    return this.#chat.look(session, roomId)
  }

  /** By oneself, a public one. */
  async join(session: Session, roomId: RoomId): Promise<Roomful> {
    await this.#chat.execute(session, { type: 'join', roomId })
    return this.#chat.look(session, roomId)
  }

  /** Only the manager. A new manager has to be a member. */
  async change(
    session: Session,
    { room, members }: Roomful,
    { managerId, name, isPrivate, ...meta }: PlacePatch & { readonly isPrivate?: boolean },
  ): Promise<void> {
    // Before anything is changed, so that half of what was asked is never done.
    if (managerId !== undefined && !members.has(managerId)) throw new ChatError('conflict', 'not a member')
    const words = {
      ...(name === undefined ? {} : { name }),
      ...(isPrivate === undefined ? {} : { open: !isPrivate }),
      ...(Object.keys(meta).length === 0 ? {} : { meta }),
    }
    await this.#chat.execute(session, { type: 'describe', roomId: room.id, ...words })
    if (managerId !== undefined)
      await this.#chat.execute(session, { type: 'hand_over', roomId: room.id, toId: managerId })
  }

  /** Takes somebody out, on the community's behalf. What they managed goes to its manager, else to the eldest member. */
  async remove(app: App, roomId: RoomId, userId: UserId, communityOwnerId: UserId | null): Promise<void> {
    const house = houseSession(app)
    const roomful = await this.#store.rooms.withMembers(app.id, roomId)
    const heirId = roomful && heir(roomful, userId, communityOwnerId)
    if (heirId === null) await this.#chat.execute(house, { type: 'close', roomId, farewell: null })
    else if (roomful?.room.ownerId === userId)
      await this.#chat.execute(house, { type: 'hand_over', roomId, toId: heirId })
    await this.#chat.execute(house, { type: 'expel', roomId, userId })
  }
}

function heir({ members }: Roomful, leavingId: UserId, communityOwnerId: UserId | null): UserId | null {
  if (communityOwnerId !== null && communityOwnerId !== leavingId && members.has(communityOwnerId))
    return communityOwnerId
  let eldest: Member | null = null
  for (const member of members.values()) {
    if (member.userId !== leavingId && (!eldest || member.joinedAt < eldest.joinedAt)) eldest = member
  }
  return eldest?.userId ?? null
}
