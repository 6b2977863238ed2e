import { Type } from 'typebox'
import { channelOf, mustBeIn } from '../channel-access.ts'
import { inWords, Refusal } from '../failures.ts'
import * as field from '../fields.ts'
import { actorSession, operation, type Call } from '../operation.ts'

const input = Type.Object({ channel_id: field.channelId })

export const markRead = operation(
  { summary: 'A user has read all messages', input, output: null, acts: true },
  (call, { channel_id: channelId }) => mark(call, channelId, 'mark_read'),
)

export const markDelivered = operation(
  { summary: 'All messages have reached a user', input, output: null, acts: true },
  (call, { channel_id: channelId }) => mark(call, channelId, 'mark_delivered'),
)

/** For sockets: it is gone when nobody listens. */
export const sendTyping = operation(
  { summary: 'A user is typing', input, output: null, acts: true },
  async (call, { channel_id: channelId }) => {
    const { room } = await entered(call, channelId)
    await inWords(notIn, call.shared.chat.execute(actorSession(call), { type: 'typing', roomId: room.id }))
  },
)

async function mark(call: Call, channelId: string, type: 'mark_read' | 'mark_delivered'): Promise<void> {
  const { id: roomId, lastId: toId } = (await entered(call, channelId)).room
  await inWords(notIn, call.shared.chat.execute(actorSession(call), { type, roomId, fromId: 1, toId }))
}

async function entered(call: Call, channelId: string) {
  const roomful = await channelOf(call, channelId)
  if (!call.actor) throw new Refusal('user')
  mustBeIn(call, call.actor, roomful)
  return roomful
}

/** Left in the meantime. */
const notIn = { forbidden: 'not_joined', not_found: 'not_joined' } as const
