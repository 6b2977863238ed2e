import type { Delivery } from '../../core/event.ts'
import type { Presence } from '../../core/presence.ts'
import { isAnswered } from '../../core/room.ts'
import type { Company } from './company.ts'
import { envelope } from './envelope.ts'
import { messageObject, roomObject } from './objects.ts'

/** What a room's topic says of an event: the body of one frame, or null for nothing. Staff notes are asked for by `staff`. */
export function roomWords(
  company: Company,
  presence: Presence,
  { event, room }: Delivery,
  staff: boolean,
): string | null {
  if (!room) return null
  const say = (eventName: string, data: object): string =>
    envelope(eventName, company.id, room.id, 'BROADCAST', event.origin, data)
  const online = (): boolean => presence.isOnline(room.id, room.ownerId)
  switch (event.type) {
    case 'message_posted': {
      const { message } = event
      if (message.audience === 'staff' && !staff) return null
      // A customer's message that nobody has taken yet waits for one reader, the agent to come.
      const waits = isAnswered(room.kind) && message.sender?.role === 'customer' && room.assigneeId === null
      return say('MESSAGE', { message: messageObject(company, room, message, waits ? 1 : event.unread, online()) })
    }
    case 'message_deleted':
      return say('DELETE_MESSAGE', { success: true, id: event.messageId })
    case 'read_marked':
      return say('READ_MESSAGE', {
        roomId: String(room.id),
        speakerId: event.userId,
        startId: event.fromId,
        endId: event.toId,
      })
    case 'room_closed':
      return say('END', {
        success: true,
        isCustomer: event.actorId !== null && event.actorId === room.ownerId,
        room: roomObject(company, room, online()),
      })
    case 'notice': {
      const message = {
        roomId: room.id,
        id: 0,
        seq: 0,
        sender: null,
        type: 'system',
        body: event.text,
        detail: '',
        audience: 'all',
        episodeId: room.episode?.firstId ?? 0,
        meta: null,
        createdAt: event.at,
        updatedAt: event.at,
        deletedAt: null,
      } as const
      return say(event.name, { message: messageObject(company, room, message, 0, online()) })
    }
    default:
      return null
  }
}
