import type { Outcome } from '../../core/chat.ts'
import { ChatError } from '../../core/errors.ts'
import type { RoomId } from '../../core/model.ts'
import type { MessageQuery } from '../../core/ports.ts'
import type { Roomful } from '../../core/room.ts'
import { hasRole, houseSession, type Session } from '../../core/session.ts'
import { greeting } from './auto-messages.ts'
import type { Company } from './company.ts'
import type { Desk } from './desk.ts'
import { isStaff } from './identity.ts'
import type { Inbound } from './inbound.ts'
import { messageObject, roomObject } from './objects.ts'
import { alreadyRead, alreadyTaken, farewell, noSuchMessage, notInARoom } from './reasons.ts'
import { noReadCount } from './unread.ts'
import { deskState } from './work-calendar.ts'

const pageSize = 30
// Thirty of the longest messages are more than may wait for a connection: whoever opened that room would be closed as too
// slow for it, come back, and be closed again. SockJS may make three times as much of it.
const maxPageBytes = 262_144
const visibleMs = 1500 * 86_400_000
export const reviews = 'cstalk.reviews'

/** The one who speaks: an authenticated connection. */
export interface Speaker {
  readonly company: Company
  readonly session: Session
  /** The room joined last; null before. What the client says of rooms is overwritten by it, as in the original. */
  readonly roomId: RoomId | null
  /** Puts an event on the speaker's private queue. */
  tell(eventName: string, data: object): void
}

/** A refusal in the words that this wire has for it. */
export class Refusal extends Error {
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

/** Does what one message asks. Resolves when it is durable; rejects with a `ChatError` or `Refusal`. */
export async function talk(desk: Desk, speaker: Speaker, inbound: Inbound): Promise<void> {
  const { chat } = desk
  const { session, company } = speaker
  switch (inbound.event) {
    case 'MESSAGE': {
      const type = inbound.system && session.user && isStaff(session.user) ? 'announce' : 'post'
      await chat.execute(session, { type, roomId: joined(speaker), draft: inbound.draft })
      return
    }
    case 'READ_MESSAGE':
      await chat.execute(session, {
        type: 'mark_read',
        roomId: joined(speaker),
        fromId: inbound.startId,
        toId: inbound.endId,
      })
      return
    case 'ASSIGN': {
      const agentId = session.user?.id
      if (agentId === undefined || !hasRole(session, 'agent', 'manager'))
        throw new ChatError('forbidden', 'only agents take rooms')
      await inWords(
        { conflict: alreadyTaken },
        chat.execute(session, { type: 'assign', roomId: inbound.roomId as RoomId, agentId }),
      )
      return
    }
    case 'DELETE_MESSAGE':
      await inWords(
        { conflict: alreadyRead, not_found: noSuchMessage },
        chat.execute(session, { type: 'delete', roomId: joined(speaker), messageId: inbound.id, unreadOnly: true }),
      )
      return
    case 'END':
      await chat.execute(session, { type: 'close', roomId: joined(speaker), farewell })
      return
    case 'START_MESSAGE': {
      const roomId = joined(speaker)
      mustOwn(session, await chat.look(session, roomId))
      demandRead(desk, session)
      const body = await greetingNow(desk, company)
      await chat.execute(houseSession(session.app), { type: 'announce', roomId, draft: { type: 'system', body } })
      return
    }
    case 'SAVE_HISTORY': {
      await chat.execute(session, { type: 'describe', roomId: joined(speaker), meta: { joinHistory: inbound.history } })
      return
    }
    case 'REVIEW':
      return review(desk, speaker, inbound.score)
    case 'ROOM_DETAIL': {
      demandRead(desk, session)
      speaker.tell('ROOM_DETAIL', {
        room: await roomFor(desk, company, session, await chat.look(session, joined(speaker))),
      })
      return
    }
    case 'MESSAGE_LIST': {
      demandRead(desk, session)
      return listMessages(desk, speaker, joined(speaker), inbound.startId, inbound.staff)
    }
  }
}

/**
 * MESSAGE_LIST on the private queue: the 30 before `startId`, or the newest for 0; ascending, and said even when empty. Of
 * long messages fewer, the newest that fit.
 */
export async function listMessages(
  desk: Desk,
  speaker: Speaker,
  roomId: RoomId,
  startId: number,
  staff: boolean,
): Promise<void> {
  const before = startId > 0 ? { before: startId } : {}
  const messages = await messagesFor(desk, speaker, roomId, {
    ...before,
    audience: staff ? 'staff' : 'all',
    limit: pageSize,
    keep: 'newest',
  })
  speaker.tell('MESSAGE_LIST', { messages: newestThatFit(messages) })
}

/** One at least: a single message always fits. */
function newestThatFit(messages: readonly object[]): readonly object[] {
  let bytes = 0
  const tooFar = messages.findLastIndex(
    (message) => (bytes += Buffer.byteLength(JSON.stringify(message))) > maxPageBytes,
  )
  return messages.slice(Math.min(tooFar + 1, messages.length - 1))
}

/** Messages of the last 1,500 days as the one who asks sees them; ascending. */
export async function messagesFor(
  desk: Desk,
  who: Pick<Speaker, 'session' | 'company'>,
  roomId: RoomId,
  query: MessageQuery,
): Promise<object[]> {
  const { session, company } = who
  const roomful = await desk.chat.look(session, roomId)
  const page = await desk.chat.history(session, roomId, { ...query, since: desk.now() - visibleMs })
  const online = desk.presence.isOnline(roomful.room.id, roomful.room.ownerId)
  return page.map((message) => messageObject(company, roomful.room, message, noReadCount(roomful, message), online))
}

/** The room as the one who asks sees it, with its own unread count. */
export async function roomFor(
  desk: Desk,
  company: Company,
  session: Session,
  { room, members }: Roomful,
): Promise<object> {
  const { user } = session
  const online = desk.presence.isOnline(room.id, room.ownerId)
  if (!user || !members.has(user.id)) return roomObject(company, room, online)
  const unread = await desk.store.rooms.unread(room.id, user.id, user.role === 'customer' ? 'all' : 'staff')
  return roomObject(company, room, online, unread)
}

export function greetingNow(desk: Desk, company: Company): Promise<string> {
  return greeting(desk.store, company.app.id, deskState(company.settings.workingHours, company.time, desk.now()))
}

/** Kept when the room has or had an agent to review; said either way. A second one of a consultation is a conflict. */
async function review(desk: Desk, speaker: Speaker, score: number): Promise<void> {
  const { session } = speaker
  demandRead(desk, session)
  const roomful = await desk.chat.look(session, joined(speaker))
  mustOwn(session, roomful)
  const { room } = roomful
  const agentId = room.assigneeId ?? room.lastAssigneeId
  if (agentId !== null) {
    const body = {
      roomId: room.id,
      chatId: room.episodes,
      memberId: agentId,
      customerId: room.ownerId,
      reviewScore: score,
    }
    // One for each consultation: a customer in a loop would be everybody's average.
    await desk.store.documents.add(session.app.id, reviews, body, { key: `${room.id}-${room.episodes}` })
  }
  speaker.tell('REVIEW', { success: agentId !== null })
}

/** For what the house does when the customer asks: the house itself may do everything, everywhere. */
function mustOwn(session: Session, { room }: Roomful): void {
  if (room.ownerId !== session.user?.id)
    throw new ChatError('forbidden', 'only the customer of the room may ask for this')
  if (session.user.blocked) throw new ChatError('banned', 'this account may not write')
}

function joined(speaker: Speaker): RoomId {
  if (speaker.roomId === null) throw new Refusal(notInARoom)
  return speaker.roomId
}

function demandRead(desk: Desk, session: Session): void {
  if (session.user) desk.reads.demand(session.user.id, 'too many requests, slow down')
}

/** Says some refusals in this wire's own words. */
async function inWords(words: Partial<Record<ChatError['code'], string>>, outcome: Promise<Outcome>): Promise<Outcome> {
  try {
    return await outcome
  } catch (error) {
    const reason = error instanceof ChatError ? words[error.code] : undefined
    throw reason === undefined ? error : new Refusal(reason)
  }
}
