import { Type } from 'typebox'
import type { User } from '../../../core/model.ts'
import type { UserPatch } from '../../../core/ports.ts'
import { houseSession } from '../../../core/session.ts'
import type { Company } from '../company.ts'
import type { Desk } from '../desk.ts'
import { customerIdentity, customerRoomKey } from '../identity.ts'
import { customerObject } from '../objects.ts'
import { noSuchCustomer } from '../reasons.ts'
import { callerOf } from './door.ts'
import { customerNumber, isYes, pageFields, searchFields, text, toRange, yesNo } from './parameters.ts'
import { SaidError } from './refusal.ts'
import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

const params = Type.Object({ id: customerNumber })
/** `blockType` 0 is the desk page's other way to say DELETE. The remark is taken and not kept. */
const block = Type.Object({
  blockType: Type.Optional(Type.Integer({ minimum: 0, maximum: 99 })),
  remark: Type.Optional(text(500)),
})
const maxCounted = 1_000_000

export function customerRoutes(scope: Scope, { desk, door, maxPageSize }: Rest): void {
  const query = Type.Object({
    ...searchFields(['customerName', 'name', 'gasappMemberNumber']),
    isBlockCustomer: Type.Optional(yesNo),
    ...pageFields(maxPageSize),
  })
  const path = '/api/customer/:id'
  const staff = { onRequest: door.staff }

  scope.get(
    '/api/customer',
    { ...staff, schema: { summary: 'Customers of the company', querystring: query } },
    async (request) => {
      const { company } = callerOf(request)
      const { searchType, searchValue, isBlockCustomer } = request.query
      const found =
        searchType === 'gasappMemberNumber' && searchValue !== undefined
          ? await byNumber(desk, company, searchValue)
          : undefined
      if (found !== undefined) return { totalCount: found ? 1 : 0, list: found ? [customerObject(company, found)] : [] }
      const { users, total } = await desk.store.users.find({
        appId: company.app.id,
        protocol: 'cstalk',
        roles: ['customer'],
        ...(searchValue === undefined ? {} : { nameLike: searchValue }),
        ...(isBlockCustomer === undefined ? {} : { blocked: isYes(isBlockCustomer) }),
        ...toRange(request.query),
      })
      return { totalCount: total, list: users.map((user) => customerObject(company, user)) }
    },
  )

  scope.put(
    `${path}/block`,
    { ...staff, schema: { summary: 'Block a customer', params, body: block } },
    async (request) => {
      const blocked = request.body.blockType !== 0
      return change(desk, callerOf(request).company, request.params.id, () => ({ blocked }))
    },
  )
  scope.delete(`${path}/block`, { ...staff, schema: { summary: 'Unblock a customer', params } }, async (request) => {
    return change(desk, callerOf(request).company, request.params.id, () => ({ blocked: false }))
  })
  scope.put(
    `${path}/swear`,
    { ...staff, schema: { summary: 'The customer swore once more', params } },
    async (request) => {
      return change(desk, callerOf(request).company, request.params.id, (user) => oneMore(user, 'swearCount'))
    },
  )
  scope.put(
    `${path}/insult`,
    { ...staff, schema: { summary: 'The customer insulted once more', params } },
    async (request) => {
      return change(desk, callerOf(request).company, request.params.id, (user) => oneMore(user, 'insultCount'))
    },
  )
}

/** The account, and after it the copy in the room, which lists show. */
async function change(
  desk: Desk,
  company: Company,
  number: string,
  decide: (user: User) => UserPatch,
): Promise<object> {
  const appId = company.app.id
  const found = await byNumber(desk, company, number)
  const user = found && (await desk.accounts.change(appId, found.id, decide))
  if (!user) throw new SaidError('not_found', noSuchCustomer)
  const room = await desk.store.rooms.byKey(appId, customerRoomKey(number))
  let copied: User | null = room && user
  while (room && copied) {
    const { meta, blocked, updatedAt } = copied
    const copy = { customer: { ...meta, blocked } }
    await desk.chat.execute(houseSession(company.app), { type: 'describe', roomId: room.id, meta: copy })
    // Who changed it at the same time may have made its copy before this one.
    const now = await desk.store.users.byId(appId, found.id)
    copied = now?.updatedAt === updatedAt ? null : now
  }
  return { ...customerObject(company, user), isBlock: user.blocked ? 1 : 0 }
}

async function byNumber(desk: Desk, company: Company, number: string): Promise<User | null> {
  return desk.store.users.byIdentity(company.app.id, customerIdentity(number))
}

function oneMore({ meta }: User, counter: 'swearCount' | 'insultCount'): UserPatch {
  return { meta: { ...meta, [counter]: Math.min(Number(meta[counter] ?? 0) + 1, maxCounted) } }
}
