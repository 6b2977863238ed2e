import { Type, type Static } from 'typebox'
import type { Document } from '../../../core/ports.ts'
import { callerOf } from './door.ts'
import { allEntries, entryRoutes, type Entries } from './entries.ts'
import { id, nonEmpty, pageFields, searchFields, text, toRange } from './parameters.ts'
import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

const address = Type.Optional(text(2000))
const label = Type.Optional(text(200))

const entries: Entries = {
  path: '/api/template',
  collection: 'cstalk.templates',
  summary: 'Answers to questions that are often asked',
  maxEntries: 1000,
  body: Type.Object({
    ask: nonEmpty(500),
    reply: nonEmpty(5000),
    categorySmallId: Type.Optional(id),
    linkUrl: address,
    linkText: label,
    linkProtocol: label,
    imagePath: address,
    imageName: label,
  }),
  show: ({ id: companyId, time }, { id: templateId, body, createdAt, updatedAt }) => ({
    id: templateId,
    companyId,
    categorySmallId: body['categorySmallId'] ?? null,
    ask: body['ask'],
    reply: body['reply'],
    linkUrl: body['linkUrl'] ?? null,
    linkText: body['linkText'] ?? null,
    linkProtocol: body['linkProtocol'] ?? null,
    imagePath: body['imagePath'] ?? null,
    imageName: body['imageName'] ?? null,
    memberId: body['updateMemberId'] ?? null,
    memberName: body['updateMemberName'] ?? null,
    isFavorite: 0,
    keywordList: [],
    createDate: time.text(createdAt),
    updateDate: time.text(updatedAt),
  }),
}

const search = Type.Object({ ...searchFields(['ask', 'reply', 'memberName']), categorySmallId: Type.Optional(id) })

const searched = { ask: 'ask', reply: 'reply', memberName: 'updateMemberName' } as const

export function templateRoutes(scope: Scope, rest: Rest): void {
  const { door, maxPageSize } = rest
  const query = Type.Object({ ...search.properties, ...pageFields(maxPageSize) })
  scope.get(
    '/api/template',
    { onRequest: door.staff, schema: { summary: entries.summary, querystring: query } },
    async (request) => {
      const { company } = callerOf(request)
      const found = (await allEntries(rest, company.app.id, entries)).filter((document) =>
        matches(document, request.query),
      )
      const { offset, limit } = toRange(request.query)
      return {
        totalCount: found.length,
        list: found.slice(offset, offset + limit).map((document) => entries.show(company, document)),
      }
    },
  )
  entryRoutes(scope, rest, entries)
}

/** Without a type in questions and answers alike. */
function matches(
  { body }: Document,
  { searchType, searchValue = '', categorySmallId }: Static<typeof search>,
): boolean {
  if (categorySmallId !== undefined && body['categorySmallId'] !== categorySmallId) return false
  const fields = searchType === undefined ? ['ask', 'reply'] : [searched[searchType]]
  return fields.some((field) => textOf(body[field]).includes(searchValue))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
