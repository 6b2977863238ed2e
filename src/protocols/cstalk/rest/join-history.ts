import type { Message, RoomId } from '../../../core/model.ts'
import type { Roomful } from '../../../core/room.ts'
import type { Desk } from '../desk.ts'
import { messageObject } from '../objects.ts'
import { noReadCount } from '../unread.ts'
import type { Caller } from './door.ts'

// What one search reads: at most 200 messages that match, and of ten consultations 100 each.
const maxMatches = 200
const maxConsultations = 10
const maxMessages = 100

/**
 * The newest ten consultations of a room in which a text was written, newest first, each with its first hundred
 * messages; with an empty text, the newest ten.
 */
export async function findConsultations(desk: Desk, caller: Caller, roomId: RoomId, text: string): Promise<object[]> {
  const { session } = caller
  const roomful = await desk.chat.look(session, roomId)
  const textLike = text === '' ? {} : { textLike: text }
  const matches = await desk.chat.history(session, roomId, {
    audience: 'staff',
    limit: maxMatches,
    keep: 'newest',
    ...textLike,
  })
  const firstIds = new Set(matches.toReversed().map(({ episodeId }) => episodeId))
  firstIds.delete(0)
  const newest = [...firstIds].slice(0, maxConsultations)
  return Promise.all(newest.map((firstId) => consultation(desk, caller, roomful, firstId)))
}

async function consultation(
  desk: Desk,
  { company, session }: Caller,
  roomful: Roomful,
  firstId: number,
): Promise<object> {
  const { room } = roomful
  const page = await desk.chat.history(session, room.id, {
    audience: 'staff',
    after: firstId - 1,
    limit: maxMessages,
    keep: 'oldest',
  })
  const messages = page.filter(({ episodeId }) => episodeId === firstId)
  const online = desk.presence.isOnline(room.id, room.ownerId)
  const date = (message: Message | undefined): string | null => company.time.textOrNull(message?.createdAt)
  return {
    id: firstId,
    roomId: room.id,
    startMessageId: firstId,
    endMessageId: messages.at(-1)?.id ?? firstId,
    startDate: date(messages[0]),
    endDate: date(messages.at(-1)),
    messages: messages.map((message) => messageObject(company, room, message, noReadCount(roomful, message), online)),
  }
}
