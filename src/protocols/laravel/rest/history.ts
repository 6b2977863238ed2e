import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { ChatError } from '../../../core/errors.ts'
import type { Message, RoomId } from '../../../core/model.ts'
import { roomKey } from '../channel-names.ts'
import type { LaravelShared } from '../laravel-shared.ts'
import { laravelPrefix } from './prefix.ts'
import { dataOf, speakerOf, targetOf, type Speaker } from '../words.ts'
import { bearerToken } from './bearer-token.ts'

const page = Type.Object({
  before: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
})

/** How many messages are looked at for one page: most may be between two others. */
const maxLooked = 1000

interface KeptMessage {
  readonly id: number
  /** ISO 8601. */
  readonly at: string
  readonly sender: Speaker
  readonly data: unknown
  readonly target_user_id?: number
}

/** `GET /api/laravel/messages`: what the channel of the bearer's token kept. */
export function historyRoutes(scope: FastifyInstance, { tokens, store, limits, pageSize }: LaravelShared): void {
  scope.get<{ Querystring: Static<typeof page> }>(
    `${laravelPrefix}/messages`,
    { schema: { summary: 'What was said in the token’s channel', querystring: page } },
    async ({ headers, query }) => {
      const token = bearerToken(headers.authorization)
      if (token === null) throw new ChatError('unauthorized', 'a bearer token is needed')
      const { app, claims } = await tokens.verify(token)
      limits.reads.demand(`${app.app.id}:${claims.id}`, 'too many requests, slow down')
      const room = await store.rooms.byKey(app.app.id, roomKey(claims.channel))
      const limit = query.limit ?? pageSize
      const read = room ? await readable(room.id, claims.id, query.before, limit) : { messages: [], before: null }
      return { channel: claims.channel, messages: read.messages.map(shown), before: read.before }
    },
  )

  /** The newest that the user may read, ascending. `before` continues; null when there is nothing older. */
  async function readable(roomId: RoomId, userId: number, from: number | undefined, limit: number) {
    const messages: Message[] = []
    let before = from ?? Number.MAX_SAFE_INTEGER
    for (let looked = 0; looked < maxLooked && messages.length < limit; looked += 200) {
      const older = await store.messages.page(roomId, { audience: 'staff', before, limit: 200, keep: 'newest' })
      for (const message of older.reverse()) {
        if (messages.length === limit) return { messages: messages.reverse(), before }
        before = message.id
        if (mayRead(message, userId)) messages.push(message)
      }
      if (older.length < 200) return { messages: messages.reverse(), before: null }
    }
    return { messages: messages.reverse(), before }
  }
}

/** What was for one is read by that one and by its sender. */
function mayRead(message: Message, userId: number): boolean {
  const target = targetOf(message)
  return target === null || target === userId || (target !== undefined && speakerOf(message).id === userId)
}

function shown(message: Message): KeptMessage {
  const target = targetOf(message)
  return {
    id: message.id,
    at: new Date(message.createdAt).toISOString(),
    sender: speakerOf(message),
    data: JSON.parse(dataOf(message)) as unknown,
    ...(typeof target === 'number' && { target_user_id: target }),
  }
}
