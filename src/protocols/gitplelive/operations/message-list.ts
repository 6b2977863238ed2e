import { Type } from 'typebox'
import type { Message, RoomId } from '../../../core/model.ts'
import type { Store } from '../../../core/ports.ts'
import * as answer from '../answers.ts'
import { channelIdOf } from '../channel.ts'
import { channelOf, lookAt } from '../channel-access.ts'
import * as field from '../fields.ts'
import { operation } from '../operation.ts'
import { messageShape } from '../shapes.ts'

/** Where few messages are wanted, so many next to the base are looked at, or so many characters of them. */
const maxLooked = 20_000
const maxLookedChars = 2_000_000
const batchSize = 100

export const listMessages = operation(
  {
    summary: 'Messages of a channel, the oldest first',
    description: `From the newest back, or next to \`base_message_id\`, which isn’t among them. With \`type\` or \`content\` the ${maxLooked} messages next to it are looked at, at most ${maxLookedChars} characters of them. Deleted ones are left out.`,
    input: Type.Object({
      channel_id: field.channelId,
      limit: field.limit,
      mode: Type.Optional(
        Type.Union([Type.Literal('prev'), Type.Literal('next')], {
          description: 'Those before the base, or after it',
          examples: ['prev'],
        }),
      ),
      base_message_id: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff_ffff, examples: [4] })),
      type: Type.Optional(Type.Union([Type.Literal('text'), Type.Literal('file')], { examples: ['text'] })),
      content: Type.Optional(Type.String({ maxLength: 200, description: 'Part of the words', examples: ['안녕'] })),
    }),
    output: answer.messages,
  },
  async (
    call,
    { channel_id: channelId, limit = field.usualLimit, mode = 'prev', base_message_id: base, type, content },
  ) => {
    const { shared } = call
    const roomful = await channelOf(call, channelId)
    const { room } = roomful
    const look = lookAt(call, roomful)
    const range = rangeOf(mode, base, room.lastId, type !== undefined || Boolean(content))
    const found = await page(shared.store, room.id, { ...range, mode, limit, isWanted: wanted(type, content) })
    const authorIds = found.flatMap(({ sender }) => (sender ? [sender.id] : []))
    const authors = await shared.people.load(room.appId, authorIds)
    const shape = (message: Message) => {
      const author = message.sender && authors.get(message.sender.id)
      return messageShape(message, author ?? null, channelIdOf(room) ?? '', look)
    }
    return { messages: found.map(shape) }
  },
)

interface Range {
  /** Neither end is among them. */
  readonly after: number
  readonly before: number
}

interface Asked extends Range {
  readonly mode: 'prev' | 'next'
  readonly limit: number
  readonly isWanted: ((message: Message) => boolean) | null
}

/** Null for all. Words are looked for here: a store's LIKE takes the product of both lengths, and everyone would wait for it. */
function wanted(type: 'text' | 'file' | undefined, content = ''): Asked['isWanted'] {
  if (type === undefined && content === '') return null
  const part = content.toLowerCase()
  return (message) => {
    if (type !== undefined && (message.type === 'file') !== (type === 'file')) return false
    return part === '' || message.body.toLowerCase().includes(part)
  }
}

function rangeOf(mode: 'prev' | 'next', base: number | undefined, lastId: number, isSearch: boolean): Range {
  const [after, before] = mode === 'prev' ? [0, Math.min(base ?? Infinity, lastId + 1)] : [base ?? 0, lastId + 1]
  if (!isSearch) return { after, before }
  return mode === 'prev'
    ? { after: Math.max(after, before - 1 - maxLooked), before }
    : { after, before: Math.min(before, after + 1 + maxLooked) }
}

async function page(store: Store, roomId: RoomId, { mode, limit, isWanted, ...range }: Asked): Promise<Message[]> {
  const query = { audience: 'all', keep: mode === 'prev' ? 'newest' : 'oldest' } as const
  if (!isWanted) return store.messages.page(roomId, { ...query, ...range, limit })
  let { after, before } = range
  const found: Message[] = []
  for (let chars = 0; ;) {
    const batch = await store.messages.page(roomId, { ...query, after, before, limit: batchSize })
    const fitting = batch.filter(isWanted)
    if (mode === 'prev') found.unshift(...fitting)
    else found.push(...fitting)
    for (const { body } of batch) chars += body.length
    if (batch.length < batchSize || found.length >= limit || chars >= maxLookedChars) break
    if (mode === 'prev') before = batch[0]!.id
    else after = batch.at(-1)!.id
    await new Promise(setImmediate)
  }
  return mode === 'prev' ? found.slice(-limit) : found.slice(0, limit)
}
