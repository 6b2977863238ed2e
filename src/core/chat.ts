import type { Command, Draft } from './command.ts'
import { ChatError } from './errors.ts'
import type { App, Message, Meta, Role, Room, RoomId, Sender, User, UserId } from './model.ts'
import type { RateLimit } from './limits.ts'
import { isBanned, mayModerate, maySee, mustBeAllowed, noSuchRoom } from './policy.ts'
import type { Appended, Bus, Clock, MessageQuery, Store } from './ports.ts'
import { isAnswered, isManaged, type Change, type Roomful } from './room.ts'
import type { RoomEvent } from './event.ts'
import type { Session } from './session.ts'

/** What a command did. `events` is empty where nothing changed. Resolved means durable. */
export interface Outcome {
  readonly room: Room
  readonly events: readonly RoomEvent[]
}

/** See the event `broadcast`. */
export interface Broadcast {
  readonly channel: string
  readonly name: string
  readonly data: string
  readonly meta?: Meta | null
  readonly origin?: string | null
}

const maxInvited = 1000
/** Commands that may be allowed for what one is in the room's community. The others, writing among them, don't look it up. */
const asksItsCommunity: ReadonlySet<Command['type']> = new Set(['join', 'invite', 'delete'])

export interface ChatOptions {
  readonly store: Store
  readonly bus: Bus
  readonly now: Clock
  /** Commands per user. */
  readonly rate: RateLimit
  readonly maxBodyChars: number
  /** Of `detail` and of `meta` as JSON. */
  readonly maxDetailChars: number
}

/** What clients do to rooms, whatever their wire: may it, store it, announce it. Announcing happens here and nowhere else. */
export class Chat {
  readonly #store: Store
  readonly #bus: Bus
  readonly #now: Clock
  readonly #rate: RateLimit
  readonly #maxBodyChars: number
  readonly #maxDetailChars: number

  constructor(options: ChatOptions) {
    this.#store = options.store
    this.#bus = options.bus
    this.#now = options.now
    this.#rate = options.rate
    this.#maxBodyChars = options.maxBodyChars
    this.#maxDetailChars = options.maxDetailChars
  }

  /**
   * Does what the session asks, or rejects with a `ChatError`. Everyone hears of it through the bus (the
   * sender's other devices too); the caller hears by this promise, once it is durable.
   */
  async execute(session: Session, command: Command): Promise<Outcome> {
    if (session.user && !session.isLent) this.#rate.demand(session.user.id, 'too many requests, slow down')
    switch (command.type) {
      case 'post':
      case 'announce':
        this.#mustFit(command.draft)
        return this.#append(session, command, null)
      case 'edit':
        this.#mustFit({
          type: 'text',
          body: command.body,
          ...(command.detail !== undefined && { detail: command.detail }),
          ...(command.meta && { meta: command.meta }),
        })
        return this.#append(session, command, await this.#target(session, command))
      case 'delete':
        return this.#append(session, command, await this.#target(session, command))
      case 'describe':
        this.#mustFitDescription(command)
        return this.#append(session, command, null)
      case 'close':
        this.#mustFit({ type: 'system', body: command.farewell ?? '' })
        return this.#append(session, command, null)
      case 'invite':
        await this.#mustBeUsers(session, command.userIds)
        return this.#append(session, command, null)
      case 'assign':
        await this.#mustBeAgent(session, command.agentId)
        return this.#append(session, command, null)
      case 'mark_read':
      case 'mark_delivered':
        return this.#mark(session, command)
      case 'typing':
        return this.#signal(session, command)
      case 'notify':
        this.#mustFit({ type: 'system', body: command.text, detail: command.name })
        return this.#signal(session, command)
      case 'remove':
        return this.#remove(session, command)
      default:
        return this.#append(session, command, null)
    }
  }

  /** The room with its members, if the session may see it; else `not_found`. */
  look(session: Session, roomId: RoomId): Promise<Roomful> {
    return this.#find(session, roomId, maySee)
  }

  /** A page of messages, ascending. Customers are never shown staff notes, whatever was asked. */
  async history(session: Session, roomId: RoomId, query: MessageQuery): Promise<Message[]> {
    await this.look(session, roomId)
    const audience = session.user?.role === 'customer' ? 'all' : query.audience
    return this.#store.messages.page(roomId, { ...query, audience })
  }

  /** Says something to whoever listens to a named channel of the app now, on any node. Kept nowhere. */
  broadcast(app: App, words: Broadcast): void {
    const { channel, name, data, meta = null, origin = null } = words
    const event = { type: 'broadcast', appId: app.id, at: this.#now(), channel, name, data, meta, origin } as const
    this.#bus.publish({ event, room: null })
  }

  async #append(session: Session, command: Command, target: Message | null): Promise<Outcome> {
    const parent = asksItsCommunity.has(command.type) ? await this.#parentById(session, command.roomId) : null
    const clientKey = command.type === 'post' ? command.draft.clientKey : undefined
    const by = {
      actorId: session.user?.id ?? null,
      origin: session.origin,
      ...(clientKey !== undefined && { clientKey }),
      ...(command.type === 'post' && command.draft.marksSender && { marksActor: true }),
    }
    const decide = (roomful: Roomful): readonly Change[] => {
      const now = this.#now()
      mustBeAllowed(session, command, roomful, { message: target, parent, now })
      return decided(session, this.#settled(command, roomful.room), roomful, now)
    }
    const { ordered, durable } = this.#store.append(session.app.id, command.roomId, decide, by)
    // Told when ordered, answered when durable. A refusal is the same on both, and the caller hears it from `durable`.
    ordered.then((appended) => this.#announce(appended), ignore)
    return durable
  }

  #announce({ room, events, repeated }: Appended): void {
    if (repeated) return
    for (const event of events) this.#bus.publish({ event, room })
  }

  async #mark(session: Session, command: Extract<Command, { type: 'mark_read' | 'mark_delivered' }>): Promise<Outcome> {
    const roomful = await this.look(session, command.roomId)
    mustBeAllowed(session, command, roomful, { message: null, parent: null, now: this.#now() })
    const userId = session.user?.id
    if (userId === undefined) return { room: roomful.room, events: [] }
    const { appId, id: roomId } = roomful.room
    const which = command.type === 'mark_read' ? 'read' : 'delivered'
    const marked = await this.#store.mark(appId, roomId, userId, which, command.toId)
    if (marked) {
      const told = { appId, roomId, userId, at: this.#now(), origin: session.origin }
      this.#bus.publish({ event: { ...told, ...markOf(command, marked.toId) }, room: marked.room })
    }
    return { room: marked?.room ?? roomful.room, events: [] }
  }

  async #signal(session: Session, command: Extract<Command, { type: 'typing' | 'notify' }>): Promise<Outcome> {
    const roomful = await this.look(session, command.roomId)
    mustBeAllowed(session, command, roomful, { message: null, parent: null, now: this.#now() })
    const { room } = roomful
    const told = { appId: room.appId, roomId: room.id, at: this.#now(), origin: session.origin }
    if (command.type === 'notify')
      this.#bus.publish({ event: { ...told, type: 'notice', name: command.name, text: command.text }, room })
    else if (session.user) this.#bus.publish({ event: { ...told, type: 'typing', userId: session.user.id }, room })
    return { room, events: [] }
  }

  async #remove(session: Session, command: Extract<Command, { type: 'remove' }>): Promise<Outcome> {
    const roomful = await this.look(session, command.roomId)
    mustBeAllowed(session, command, roomful, { message: null, parent: null, now: this.#now() })
    const { room } = roomful
    const removed = await this.#store.rooms.remove(room.appId, room.id)
    if (!removed) throw noSuchRoom()
    this.#bus.publish({
      event: { type: 'room_removed', appId: room.appId, roomId: room.id, at: this.#now(), origin: session.origin },
      room,
    })
    return { room, events: [] }
  }

  async #find(session: Session, roomId: RoomId, mayFind: typeof maySee): Promise<Roomful> {
    const roomful = await this.#store.rooms.withMembers(session.app.id, roomId)
    if (!roomful || !mayFind(session.user, roomful, await this.#parentOf(session, roomful))) throw noSuchRoom()
    return roomful
  }

  async #target(
    session: Session,
    { type, roomId, messageId }: Extract<Command, { type: 'edit' | 'delete' }>,
  ): Promise<Message> {
    await this.#find(session, roomId, type === 'delete' ? mayModerate : maySee)
    const message = await this.#store.messages.byId(roomId, messageId)
    if (!message || message.deletedAt !== null) throw new ChatError('not_found', 'there is no such message')
    return message
  }

  async #parentById(session: Session, roomId: RoomId): Promise<Roomful | null> {
    const roomful = await this.#store.rooms.withMembers(session.app.id, roomId)
    return roomful && this.#parentOf(session, roomful)
  }

  /** Null also for those who need no community to see a room: its members. */
  async #parentOf({ app }: Session, { room }: Roomful): Promise<Roomful | null> {
    return room.parentId === null ? null : this.#store.rooms.withMembers(app.id, room.parentId)
  }

  async #mustBeUsers({ app }: Session, ids: readonly UserId[]): Promise<void> {
    if (ids.length > maxInvited) throw new ChatError('too_large', `at most ${maxInvited} users at once`, 'users')
    const known = await this.#store.users.byIds(app.id, ids)
    if (!ids.every((id) => known.has(id))) throw new ChatError('not_found', 'there is no such user')
  }

  async #mustBeAgent(session: Session, agentId: UserId): Promise<void> {
    const agent = session.user?.id === agentId ? session.user : await this.#store.users.byId(session.app.id, agentId)
    if (!agent || (agent.role !== 'agent' && agent.role !== 'manager'))
      throw new ChatError('not_found', 'there is no such agent')
  }

  /** What it leaves to the room as it is, said. */
  #settled(command: Command, room: Room): Command {
    if (command.type !== 'describe' || typeof command.meta !== 'function') return command
    const settled = { ...command, meta: command.meta(room.meta) }
    this.#mustFitDescription(settled)
    return settled
  }

  #mustFitDescription({ name = '', meta }: Extract<Command, { type: 'describe' }>): void {
    this.#mustFit({ type: 'system', body: name, ...(typeof meta === 'object' && { meta }) })
  }

  #mustFit(draft: Draft): void {
    if (draft.body.length > this.#maxBodyChars)
      throw new ChatError('too_large', `a message has at most ${this.#maxBodyChars} characters`, 'message')
    if ((draft.detail?.length ?? 0) > this.#maxDetailChars)
      throw new ChatError('too_large', `a message's detail has at most ${this.#maxDetailChars} characters`, 'detail')
    if (draft.meta && JSON.stringify(draft.meta).length > this.#maxDetailChars)
      throw new ChatError('too_large', 'too much to keep with a message', 'meta')
  }
}

function markOf(command: Extract<Command, { type: 'mark_read' | 'mark_delivered' }>, toId: number) {
  if (command.type === 'mark_delivered') return { type: 'delivered_marked', toId } as const
  const fromId = Math.max(1, Math.min(Math.trunc(command.fromId) || 1, toId))
  return { type: 'read_marked', fromId, toId } as const
}

/** What an allowed command means for the room as it is. */
function decided(session: Session, command: Command, roomful: Roomful, now: number): readonly Change[] {
  const { user } = session
  const { room, members, bans } = roomful
  switch (command.type) {
    case 'post': {
      const change = post(user && senderOf(user), command.draft)
      // Writing in a room that was closed asks for it to be answered again.
      const reopens = isAnswered(room.kind) && room.state !== 'waiting' && room.state !== 'active'
      return reopens ? [{ type: 'reopen' }, change] : [change]
    }
    case 'announce':
      return [post(null, command.draft)]
    case 'edit':
      return [
        {
          type: 'edit',
          messageId: command.messageId,
          body: command.body,
          detail: command.detail ?? null,
          ...(command.meta !== undefined && { meta: command.meta }),
        },
      ]
    case 'delete':
      return [{ type: 'delete', messageId: command.messageId }]
    case 'join':
      return user && !members.has(user.id) ? [{ type: 'join', userId: user.id, role: memberRole(user, room) }] : []
    case 'leave': {
      if (!user) return []
      const leave = { type: 'leave', userId: user.id } as const
      const isLast = members.size === 1 && isManaged(room.kind) && room.state !== 'closed'
      return isLast ? [leave, { type: 'close' }] : [leave]
    }
    case 'invite':
      return invite(command, roomful, now)
    case 'expel':
      return members.has(command.userId) ? [{ type: 'leave', userId: command.userId }] : []
    case 'ban': {
      const { userId, reason, forMs } = command
      const ban = { type: 'ban', userId, reason, forMs } as const
      return members.has(userId) ? [{ type: 'leave', userId }, ban] : [ban]
    }
    case 'unban':
      return bans.has(command.userId) ? [{ type: 'unban', userId: command.userId }] : []
    case 'appoint': {
      const member = members.get(command.userId)
      if (!member) throw new ChatError('conflict', 'only members are appointed')
      return member.role === command.role ? [] : [{ type: 'appoint', userId: member.userId, role: command.role }]
    }
    case 'hand_over':
      return room.ownerId === command.toId ? [] : [{ type: 'hand_over', toId: command.toId }]
    // The house is asked by nobody's policy: for it, what is so already is simply done.
    case 'assign':
      return room.assigneeId === command.agentId ? [] : [{ type: 'assign', agentId: command.agentId }]
    case 'release':
      return room.assigneeId === null ? [] : [{ type: 'release' }]
    case 'close':
      if (room.state === 'closed') return []
      return command.farewell === null
        ? [{ type: 'close' }]
        : [post(null, { type: 'system', body: command.farewell }), { type: 'close' }]
    case 'reopen':
      return room.state === 'closed' || room.state === 'discontinued' ? [{ type: 'reopen' }] : []
    case 'freeze':
      return room.frozen === command.frozen ? [] : [{ type: 'freeze', frozen: command.frozen }]
    case 'pin':
      return (room.pinnedAt !== null) === command.pinned ? [] : [{ type: 'pin', pinned: command.pinned }]
    case 'describe':
      // Merged with what is there at this moment, so that two who change different things don't undo each other.
      return [
        {
          type: 'describe',
          name: command.name ?? null,
          meta: typeof command.meta === 'object' ? { ...room.meta, ...command.meta } : null,
          open: command.open ?? null,
        },
      ]
    case 'mark_read':
    case 'mark_delivered':
    case 'typing':
    case 'notify':
    case 'remove':
      return []
  }
}

function invite(
  { userIds, maxMembers = Infinity }: Extract<Command, { type: 'invite' }>,
  roomful: Roomful,
  now: number,
): readonly Change[] {
  const { members } = roomful
  if (userIds.some((userId) => isBanned(userId, roomful, now)))
    throw new ChatError('banned', 'who is banned can’t be invited')
  const newcomers = [...new Set(userIds)].filter((userId) => !members.has(userId))
  if (newcomers.length > 0 && members.size + newcomers.length > maxMembers)
    throw new ChatError('too_large', `a room has at most ${maxMembers} members`, 'users')
  return newcomers.map((userId) => ({ type: 'join', userId, role: 'member' }))
}

function post(sender: Sender | null, draft: Draft): Change {
  const { type, body, detail = '', audience = 'all', meta = null } = draft
  return { type: 'post', sender, messageType: type, body, detail, audience, meta }
}

function senderOf({ id, name, role }: User): Sender {
  return { id, name, role }
}

function memberRole(user: User, room: Room): Role {
  return room.ownerId === user.id && isAnswered(room.kind) ? 'customer' : user.role
}

function ignore(): void {
  // The same refusal reaches the caller through `durable`.
}
