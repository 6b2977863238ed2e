import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { messageObject } from '../room-object.ts'
import { transcript, transcriptDisposition } from '../transcript.ts'
import { baseUrl } from './base-url.ts'
import { callerOf } from './door.ts'
import { askedRange, rangedPage } from './paging.ts'
import { addRoute, type Rest } from './rest.ts'
import { ownRoom } from './rooms.ts'

const path = '/api/chat/chatrooms/:id'

export function messageRoutes(scope: FastifyInstance, { shared, door }: Rest): void {
  const { chat, store, log, now } = shared

  addRoute(scope, {
    method: 'GET',
    path: `${path}/chat-messages`,
    who: door.hosts,
    answer: async ({ request }) => {
      const caller = callerOf(request)
      const { id, lastId } = await ownRoom(shared, caller, request)
      const range = askedRange(request)
      const all = { audience: 'staff', deleted: true } as const
      // Ids have no gaps, so the oldest that is still there tells how many there are.
      const [oldest] = await store.messages.page(id, { ...all, limit: 1, keep: 'oldest' })
      const count = oldest ? lastId - oldest.id + 1 : 0
      const before = lastId + 1 - range.offset
      const query = { ...all, before, limit: range.limit, keep: 'newest' } as const
      const page = before > 0 ? await chat.history(caller.session, id, query) : []
      const address = `${baseUrl(shared, request)}/api/chat/chatrooms/${id}/chat-messages/`
      return rangedPage(address, range, count, page.reverse().map(messageObject))
    },
  })

  addRoute(scope, {
    method: 'GET',
    path: `${path}/download`,
    who: door.hosts,
    answer: async ({ request, reply }) => {
      const caller = callerOf(request)
      const room = await ownRoom(shared, caller, request)
      reply.header('content-disposition', transcriptDisposition(room, now()))
      const lines = Readable.from(transcript(store, room, caller.user), { objectMode: false })
      // The answer has begun: all that can be done is to break it off, which the client sees.
      lines.on('error', (error) => log.error({ error, roomId: room.id }, 'a transcript broke off'))
      return reply.type('application/octet-stream').send(lines)
    },
  })
}
