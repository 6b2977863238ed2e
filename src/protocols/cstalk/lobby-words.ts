import type { Delivery, Event } from '../../core/event.ts'
import type { Room } from '../../core/model.ts'
import type { Presence } from '../../core/presence.ts'
import type { Company } from './company.ts'
import { envelope } from './envelope.ts'
import { roomObject } from './objects.ts'
import type { CustomerMeta } from './identity.ts'

/**
 * What the lobby's topic says of an event: the bodies of its frames. A change of the list of rooms is said twice, as
 * the older clients hear it (`RELOAD`) and as the later ones do (`RELOAD_READY` with data).
 */
export function lobbyWords(company: Company, presence: Presence, { event, room }: Delivery): readonly string[] {
  if (!room || room.kind !== 'consultation') return []
  const say = (eventName: string, data: object | null): string =>
    envelope(eventName, company.id, `LOBBY${company.id}`, 'LOBBY', event.origin, data)
  if (event.type === 'presence_changed') {
    if (event.userId !== room.ownerId) return []
    return [say(event.online ? 'ONLINE' : 'OFFLINE', { profile: customerProfile(company, room, event.origin) })]
  }
  if (!changesTheList(event, room)) return []
  const isCustomer = 'actorId' in event && event.actorId === room.ownerId
  const profile = isCustomer ? customerProfile(company, room, event.origin) : staffProfile(company, event)
  const data = { room: roomObject(company, room, presence.isOnline(room.id, room.ownerId)), profile, isCustomer }
  return [say('RELOAD', null), say('RELOAD_READY', data)]
}

/** Rooms come, go, change hands; and the last words of those that wait are part of the list. */
function changesTheList(event: Event, room: Room): boolean {
  switch (event.type) {
    case 'room_assigned':
    case 'room_released':
    case 'room_closed':
      return true
    case 'message_posted':
      return room.state === 'waiting'
    default:
      return false
  }
}

function customerProfile(company: Company, room: Room, sessionId: string | null): object {
  const { gasappMemberNumber } = (room.meta['customer'] ?? {}) as Partial<CustomerMeta>
  return {
    id: Number(gasappMemberNumber ?? 0),
    companyId: company.id,
    roomId: String(room.id),
    isAdmin: 0,
    isMember: 0,
    isCustomer: 1,
    loginName: null,
    speakerId: room.ownerId,
    name: room.name,
    sessionId,
    companyUseConfigJson: null,
  }
}

function staffProfile(company: Company, event: Event): object | null {
  if (!('actorId' in event) || event.actorId === null) return null
  return {
    id: event.actorId,
    companyId: company.id,
    roomId: String(event.roomId),
    isAdmin: 0,
    isMember: 1,
    isCustomer: 0,
    loginName: null,
    speakerId: event.actorId,
    name: company.staffName(event.actorId) ?? '',
    sessionId: event.origin,
    companyUseConfigJson: null,
  }
}
