import type { Command } from './command.ts'
import { ChatError } from './errors.ts'
import type { Message, Room, User, UserId } from './model.ts'
import { isAnswered, isManaged, type Roomful } from './room.ts'
import type { Session } from './session.ts'

/** What a verdict may need besides the room. */
export interface Given {
  /** Whom an edit or delete is about. */
  readonly message: Message | null
  /** The room's community, where the command needs it. */
  readonly parent: Roomful | null
  readonly now: number
}

/**
 * Who may do what, in one place. Asked with the room as it is at the moment of the change, inside the store's
 * decision, so that nothing can slip in between. The house itself (`user: null`) may do everything.
 */
export function mustBeAllowed(
  session: Session,
  command: Command,
  roomful: Roomful,
  { message, parent, now }: Given,
): void {
  const { user } = session
  if (user === null) return
  const { room, members } = roomful
  if (isBanned(user.id, roomful, now)) throw new ChatError('banned', 'banned from this room')
  const isFound = command.type === 'delete' ? mayModerate : maySee
  if (!isFound(user, roomful, parent)) throw noSuchRoom()
  if (user.blocked && !silent.has(command.type)) throw new ChatError('banned', 'this account may not write')
  switch (command.type) {
    case 'post':
      return mustBeAllowedToWrite(user, roomful, command.draft.audience === 'staff')
    case 'edit':
      mustBeAllowedToWrite(user, roomful, false)
      if (message?.sender?.id !== user.id) throw new ChatError('forbidden', 'only its author may change a message')
      return
    case 'delete':
      if (message?.sender?.id !== user.id && !runs(user, roomful) && !manages(user, room, parent))
        throw new ChatError('forbidden', 'only its author may delete a message')
      if (command.unreadOnly && message && readByAll(roomful, message))
        throw new ChatError('conflict', 'everyone has read this message already')
      return
    case 'mark_read':
    case 'mark_delivered':
    case 'typing':
      if (!members.has(user.id)) throw new ChatError('forbidden', 'only members of the room may do this')
      return
    case 'join':
      // Rooms that are answered are joined by their customer and by the agent who holds them; others just listen.
      if (isAnswered(room.kind) && room.ownerId !== user.id && room.assigneeId !== user.id) {
        throw new ChatError('forbidden', 'this room is held by somebody else')
      }
      if (isManaged(room.kind) && !members.has(user.id) && user.role !== 'manager') mustBeOpen(user, room, parent)
      return
    case 'leave':
      if (!members.has(user.id)) throw new ChatError('conflict', 'not a member of this room')
      if (isManaged(room.kind) && room.ownerId === user.id && members.size > 1)
        throw new ChatError('conflict', 'hand the room over before leaving it')
      return
    case 'invite':
      return mustBeAllowedToInvite(user, roomful, command.userIds, parent)
    case 'expel':
    case 'ban':
    case 'unban':
    case 'appoint':
      return mustBeAllowedToRule(user, roomful, command)
    case 'hand_over':
      if (room.ownerId !== user.id) throw new ChatError('forbidden', 'only whose room it is may hand it over')
      if (!members.has(command.toId)) throw new ChatError('conflict', 'a room is handed over to one of its members')
      return
    case 'assign':
      return mustBeAllowedToAssign(user, room, command.agentId)
    case 'release':
      if (room.assigneeId === null) throw new ChatError('conflict', 'nobody holds this room')
      if (!holds(user, room)) throw new ChatError('forbidden', 'this room is held by somebody else')
      return
    case 'close':
      if (room.state === 'closed') throw new ChatError('conflict', 'this room is closed already')
      if (!holds(user, room) && room.ownerId !== user.id)
        throw new ChatError('forbidden', 'this room is held by somebody else')
      return
    case 'reopen':
      if (!isAnswered(room.kind) && room.ownerId === user.id) return
      if (!runs(user, roomful)) throw new ChatError('forbidden', 'only who runs this room may do this')
      return
    case 'announce':
    case 'freeze':
      if (!runs(user, roomful)) throw new ChatError('forbidden', 'only who runs this room may do this')
      return
    case 'remove':
      if (user.role !== 'manager' && (room.ownerId !== user.id || user.role === 'customer'))
        throw new ChatError('forbidden', 'only whose room it is may remove it')
      return
    case 'describe':
    case 'pin':
    case 'notify':
      if (!runs(user, roomful) && room.ownerId !== user.id)
        throw new ChatError('forbidden', 'only who runs this room may do this')
  }
}

// What a blocked user may still do. Everything else puts words or changes before others.
const silent: ReadonlySet<Command['type']> = new Set(['mark_read', 'mark_delivered', 'join', 'leave'])

/** Whether a user may know of a room and read in it. Who may not is answered as if there were none. */
export function maySee(user: User | null, { room, members }: Roomful, parent: Roomful | null = null): boolean {
  if (user === null) return true
  if (user.appId !== room.appId) return false
  if (room.ownerId === user.id || members.has(user.id)) return true
  if (room.open && isNear(user, room, parent)) return true
  return user.role === 'manager' || (user.role === 'agent' && isAnswered(room.kind))
}

/** Whether a user may try to delete there: who looks after a community deletes in all its channels, and reads in its own. */
export function mayModerate(user: User | null, roomful: Roomful, parent: Roomful | null = null): boolean {
  return maySee(user, roomful, parent) || (user?.appId === roomful.room.appId && manages(user, roomful.room, parent))
}

/** One answer for a room that is not there and one that is somebody else's: probing tells nothing. */
export function noSuchRoom(): ChatError {
  return new ChatError('not_found', 'there is no such room')
}

/** Who gives orders in a room: the agent who holds it, its managers, the app's managers. */
function runs(user: User, { room, members }: Roomful): boolean {
  if (user.role === 'manager' || room.assigneeId === user.id) return true
  return room.kind === 'group' && members.get(user.id)?.role === 'manager'
}

/** Who finds an open room: its community, or where it has none, everybody. */
function isNear(user: User, room: Room, parent: Roomful | null): boolean {
  return room.parentId === null || (parent?.members.has(user.id) ?? false)
}

export function isBanned(userId: UserId, { bans }: Roomful, now: number): boolean {
  const ban = bans.get(userId)
  return ban !== undefined && (ban.until === null || ban.until > now)
}

/** Who looks after a channel: its owner and that of its community. */
function manages(user: User, room: Room, parent: Roomful | null): boolean {
  return isManaged(room.kind) && (room.ownerId === user.id || parent?.room.ownerId === user.id)
}

function holds(user: User, room: Room): boolean {
  return room.assigneeId === user.id || user.role === 'manager'
}

function mustBeAllowedToWrite(user: User, roomful: Roomful, staffOnly: boolean): void {
  const { room, members } = roomful
  if (staffOnly && user.role === 'customer') throw new ChatError('forbidden', 'customers may not write staff notes')
  if (room.frozen && user.role !== 'manager' && !(room.kind === 'group' && runs(user, roomful)))
    throw new ChatError('frozen', 'this room is frozen')
  if (isAnswered(room.kind)) {
    if (room.ownerId === user.id || holds(user, room)) return
    throw new ChatError('forbidden', 'take the room before writing in it')
  }
  if (room.state === 'closed') throw new ChatError('conflict', 'this room is closed')
  if (!members.has(user.id)) throw new ChatError('forbidden', 'only members of the room may write')
  if (room.kind === 'community') throw new ChatError('conflict', 'a community has channels to write in')
}

function mustBeOpen(user: User, room: Room, parent: Roomful | null): void {
  if (room.state === 'closed') throw new ChatError('conflict', 'this room is closed')
  if (!room.open || !isNear(user, room, parent)) throw new ChatError('forbidden', 'this room is entered on invitation')
}

/** Over another of a room's people: managers of a group, owners of channels and communities. */
function mustBeAllowedToRule(
  user: User,
  roomful: Roomful,
  { type, userId }: Extract<Command, { type: 'expel' | 'ban' | 'unban' | 'appoint' }>,
): void {
  const { room, members } = roomful
  if (!isManaged(room.kind) && room.kind !== 'group') throw new ChatError('conflict', 'not in a room of this kind')
  const isOwner = isManaged(room.kind) && room.ownerId === user.id
  if (!isOwner && !runs(user, roomful)) throw new ChatError('forbidden', 'only who runs this room may do this')
  if (type === 'unban' || type === 'appoint') return
  if (userId === user.id) throw new ChatError('conflict', 'nobody bans or expels themselves')
  const isPeer = room.kind === 'group' && members.get(userId)?.role === 'manager'
  if (isPeer && user.role !== 'manager') throw new ChatError('forbidden', 'managers don’t ban or expel each other')
}

function mustBeAllowedToInvite(
  user: User,
  { room, members }: Roomful,
  invited: readonly UserId[],
  parent: Roomful | null,
): void {
  if (isAnswered(room.kind)) throw new ChatError('conflict', 'nobody is invited to a room of this kind')
  if (room.state === 'closed') throw new ChatError('conflict', 'this room is closed')
  if (!members.has(user.id)) throw new ChatError('forbidden', 'only members of the room may invite')
  if (room.parentId !== null && !invited.every((id) => parent?.members.has(id)))
    throw new ChatError('forbidden', 'only members of its community can be invited to a channel')
}

function mustBeAllowedToAssign(user: User, room: Room, agentId: number): void {
  if (user.role !== 'agent' && user.role !== 'manager') throw new ChatError('forbidden', 'only agents take rooms')
  if (!isAnswered(room.kind)) throw new ChatError('conflict', 'nobody holds a room of this kind')
  if (room.state === 'waiting') return
  if (room.state !== 'active') throw new ChatError('conflict', 'this room is not waiting for an agent')
  if (agentId === user.id || agentId === room.assigneeId) throw new ChatError('conflict', 'this room is taken already')
  if (!holds(user, room)) throw new ChatError('forbidden', 'this room is held by somebody else')
}

/** A message nobody else is there to read counts as unread. */
function readByAll({ members }: Roomful, message: Message): boolean {
  let others = 0
  for (const member of members.values()) {
    if (member.userId === message.sender?.id) continue
    if (member.readId < message.id) return false
    others++
  }
  return others > 0
}
