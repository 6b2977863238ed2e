import type { Roomful } from '../../core/room.ts'
import { hasRole, houseSession } from '../../core/session.ts'
import { drawAutoMessage } from './auto-messages.ts'
import type { Desk } from './desk.ts'
import { profileObject } from './objects.ts'
import { greetingNow, listMessages, roomFor, type Speaker } from './talk.ts'

/**
 * What joining a room says and does, in the original's order: JOINED, the read mark, the customer's presence and
 * greeting, the newest messages. An agent who doesn't hold the room only listens: no JOINED, no list.
 */
export async function welcome(desk: Desk, speaker: Speaker, { room, members }: Roomful): Promise<void> {
  const { session, company } = speaker
  const { user } = session
  if (!user || (room.ownerId !== user.id && room.assigneeId !== user.id)) return
  if (!members.has(user.id)) await desk.chat.execute(session, { type: 'join', roomId: room.id })
  const readId = members.get(user.id)?.readId ?? 0
  const roomful = await desk.chat.look(session, room.id)
  const profile = profileObject(company, user, {
    room,
    sessionId: session.origin,
    authenticated: true,
    now: desk.now(),
  })
  speaker.tell('JOINED', { profile, room: await roomFor(desk, company, session, roomful) })
  if (room.lastId > readId)
    await desk.chat.execute(session, { type: 'mark_read', roomId: room.id, fromId: readId, toId: room.lastId })
  if (hasRole(session, 'customer') && room.state === 'waiting') await greet(desk, speaker, roomful)
  await listMessages(desk, speaker, room.id, 0, false)
}

/** For a customer that waits: START_MESSAGE to the room by the calendar, and the texts that its page shows after a while. */
async function greet(desk: Desk, speaker: Speaker, { room }: Roomful): Promise<void> {
  const { company } = speaker
  const appId = company.app.id
  const unattended = desk.lobbies.isAttended(appId) ? null : await drawAutoMessage(desk.store, appId, 1)
  const text = unattended ?? (await greetingNow(desk, company))
  await desk.chat.execute(houseSession(company.app), { type: 'notify', roomId: room.id, name: 'START_MESSAGE', text })
  const [autoMessage1, autoMessage2] = await Promise.all([
    drawAutoMessage(desk.store, appId, 1),
    drawAutoMessage(desk.store, appId, 2),
  ])
  speaker.tell('WELCOME_MESSAGE', { autoMessage1, autoMessage2 })
}
