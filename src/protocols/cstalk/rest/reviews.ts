import { Type } from 'typebox'
import type { User, UserId } from '../../../core/model.ts'
import type { Document } from '../../../core/ports.ts'
import type { Company } from '../company.ts'
import { customerMeta } from '../identity.ts'
import { reviews } from '../talk.ts'
import { callerOf } from './door.ts'
import { pageFields, toRange } from './parameters.ts'
import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

const scores = [1, 2, 3, 4, 5] as const
// Reading them all for an average would grow with the years.
const maxCounted = 1000

export function reviewRoutes(scope: Scope, { desk, door, maxPageSize }: Rest): void {
  const { documents, users } = desk.store
  const query = Type.Object(pageFields(maxPageSize))

  scope.get(
    '/api/review',
    { onRequest: door.managers, schema: { summary: 'What customers thought', querystring: query } },
    async (request) => {
      const { company } = callerOf(request)
      const appId = company.app.id
      const page = await documents.list(appId, reviews, toRange(request.query))
      const newest = await documents.list(appId, reviews, { limit: maxCounted })
      const ids = page.documents.flatMap(({ body }) => [body['memberId'], body['customerId']])
      const people = await users.byIds(appId, [...new Set(ids.filter((one) => typeof one === 'number'))] as UserId[])
      return {
        count: page.total,
        list: page.documents.map((document) => reviewObject(company, document, people)),
        ...counted(newest.documents),
      }
    },
  )
}

/** Of the newest thousand. */
function counted(documents: readonly Document[]): object {
  const given = documents.map(({ body }) => Number(body['reviewScore']))
  const sum = given.reduce((total, score) => total + score, 0)
  return {
    averageScore: given.length === 0 ? null : Math.round((sum / given.length) * 100) / 100,
    scoreCounts: Object.fromEntries(scores.map((score) => [score, given.filter((one) => one === score).length])),
  }
}

function reviewObject(company: Company, { id, body, createdAt }: Document, people: ReadonlyMap<UserId, User>): object {
  const member = people.get(body['memberId'] as UserId)
  const customer = people.get(body['customerId'] as UserId)
  const number = customer ? Number(customerMeta(customer).gasappMemberNumber) : null
  return {
    id,
    companyId: company.id,
    createDate: company.time.text(createdAt),
    memberId: body['memberId'],
    memberName: member?.name ?? null,
    customerId: number,
    gasappMemberNumber: number,
    customerName: customer?.name ?? null,
    reviewScore: body['reviewScore'],
    roomId: body['roomId'],
    chatId: body['chatId'],
  }
}
