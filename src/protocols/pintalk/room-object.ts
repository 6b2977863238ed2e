import type { Message, Room, User, UserId } from '../../core/model.ts'
import type { Roomful } from '../../core/room.ts'
import { datetimeOf, isOfHost, wordsOf } from './message-words.ts'
import { clientObject, iso } from './host-object.ts'
import { roomNameOf } from './host.ts'

/** A room in its host's list. What is newer than `lastCheckedAt` is unread. */
export function listedRoom({ room, members }: Roomful, hostId: UserId): object {
  return {
    id: room.id,
    host: hostId,
    guest: room.name,
    name: roomNameOf(room.key),
    latestMsg: room.lastMessage?.preview ?? null,
    latestMsgAt: iso(room.lastMessage?.at ?? null),
    lastCheckedAt: iso(members.get(hostId)?.readAt ?? null),
    isClosed: room.state === 'closed',
    closedAt: iso(room.closedAt),
    isFixed: room.pinnedAt !== null,
    fixedAt: iso(room.pinnedAt),
    createdAt: iso(room.createdAt),
    updatedAt: iso(room.updatedAt),
  }
}

/** A room as its guest sees it. */
export function guestRoom(room: Room, host: User, baseUrl: string): object {
  return {
    host: clientObject(host, baseUrl),
    guest: room.name,
    name: roomNameOf(room.key),
    isClosed: room.state === 'closed',
    closedAt: iso(room.closedAt),
    createdAt: iso(room.createdAt),
    updatedAt: iso(room.updatedAt),
  }
}

/** A message over REST: here it is `isHost`, on the sockets `is_host`. */
export function messageObject(message: Message): object {
  return {
    id: message.id,
    chatroom: message.roomId,
    message: wordsOf(message),
    isHost: isOfHost(message),
    datetime: datetimeOf(message),
  }
}
