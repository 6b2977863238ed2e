import { Type } from 'typebox'
import { autoMessages, autoMessageTypes } from '../auto-messages.ts'
import { callerOf } from './door.ts'
import { allEntries, entryRoutes, type Entries } from './entries.ts'
import { nonEmpty } from './parameters.ts'
import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

const type = Type.Integer({ enum: [...autoMessageTypes] })
const query = Type.Object({ type: Type.Optional(type) })

const entries: Entries = {
  path: '/api/auto-message',
  collection: autoMessages,
  summary: 'Texts that the desk says by itself',
  maxEntries: 500,
  body: Type.Object({ type, message: nonEmpty(1000) }),
  show: ({ id: companyId, time }, { id, body, createdAt, updatedAt }) => ({
    id,
    companyId,
    type: body['type'],
    message: body['message'],
    createDate: time.text(createdAt),
    updateDate: time.text(updatedAt),
    updateMemberId: body['updateMemberId'] ?? null,
  }),
}

export function autoMessageRoutes(scope: Scope, rest: Rest): void {
  const { door } = rest
  scope.get(
    '/api/auto-message',
    { onRequest: door.staff, schema: { summary: entries.summary, querystring: query } },
    async (request) => {
      const { company } = callerOf(request)
      const { type: wanted } = request.query
      const documents = await allEntries(rest, company.app.id, entries)
      return documents
        .filter(({ body }) => wanted === undefined || body['type'] === wanted)
        .map((document) => entries.show(company, document))
    },
  )
  entryRoutes(scope, rest, entries)
}
