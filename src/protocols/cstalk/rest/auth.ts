import { Type } from 'typebox'
import type { User } from '../../../core/model.ts'
import { verifyPassword } from '../../../core/password.ts'
import { addressBlock } from '../../../wire/address.ts'
import type { Company } from '../company.ts'
import type { Desk } from '../desk.ts'
import { customerMeta, customerRoomKey, isStaff, memberIdentity } from '../identity.ts'
import { customerObject, memberObject } from '../objects.ts'
import { unknownCustomer, wrongLogin } from '../reasons.ts'
import { callerOf } from './door.ts'
import { attempt } from './login-attempts.ts'
import { companyId, customerNumber, nonEmpty, text } from './parameters.ts'
import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

const password = Type.String({ minLength: 1, maxLength: 1024 })
const login = Type.Object({ companyId, loginName: nonEmpty(100), password })
const adminLogin = Type.Object({ companyId: Type.Optional(companyId), loginName: nonEmpty(100), password })
const customerLogin = Type.Object({
  companyId,
  gasappMemberNumber: customerNumber,
  secretKey: Type.Optional(text(200)),
})

interface Account {
  readonly company: Company
  readonly user: User
}

export function authRoutes(scope: Scope, rest: Rest): void {
  const { desk, door, logins } = rest

  scope.post(
    '/auth/login',
    { onRequest: door.visitors, schema: { summary: 'A member logs in', body: login } },
    async (request) => {
      const { loginName, password, companyId } = request.body
      const account = await attempt(logins, `${companyId} ${loginName}`, addressBlock(request.ip), async () => {
        const company = desk.companies.get(companyId)
        return authenticate(desk, company && (await member(desk, company, loginName)), password)
      })
      if (!account) return { token: null, member: null, reason: wrongLogin }
      return { token: await enter(desk, account), profile: memberObject(account.company, account.user) }
    },
  )

  scope.post(
    '/auth/loginAdmin',
    { onRequest: door.visitors, schema: { summary: 'A manager logs in', body: adminLogin } },
    async (request) => {
      const { loginName, password, companyId } = request.body
      const account = await attempt(logins, `${companyId ?? ''} ${loginName}`, addressBlock(request.ip), async () =>
        authenticate(desk, await manager(desk, companyId, loginName), password),
      )
      if (!account) return { token: null, admin: null, reason: wrongLogin }
      return { token: await enter(desk, account), admin: memberObject(account.company, account.user) }
    },
  )

  scope.post(
    '/auth/loginCustomer',
    { onRequest: door.visitors, schema: { summary: 'A customer comes', body: customerLogin } },
    async (request) => {
      const { companyId, gasappMemberNumber, secretKey } = request.body
      const company = desk.companies.get(companyId)
      if (!company || !desk.customers.isTrusted(company, secretKey))
        return { token: null, customer: null, reason: unknownCustomer }
      const { user, room } = await desk.customers.welcome(company, gasappMemberNumber, request.ip)
      return {
        token: await desk.tokens.issue(company, user),
        customer: { ...customerObject(company, user), roomId: room.id },
      }
    },
  )

  scope.get('/auth/profile', { onRequest: door.anyone, schema: { summary: 'Who the token is' } }, async (request) => {
    const { company, user } = callerOf(request)
    if (isStaff(user)) return memberObject(company, user)
    const room = await desk.store.rooms.byKey(user.appId, customerRoomKey(customerMeta(user).gasappMemberNumber))
    return { ...customerObject(company, user), roomId: room?.id ?? null }
  })
}

/** Takes as long for a name that nobody has. */
async function authenticate(
  desk: Desk,
  account: Account | null | undefined,
  password: string,
): Promise<Account | null> {
  const hash = account ? await desk.store.users.passwordHash(account.company.app.id, account.user.id) : null
  const isRight = await verifyPassword(password, hash)
  return isRight && account ? account : null
}

async function enter(desk: Desk, { company, user }: Account): Promise<string> {
  company.know(user)
  return desk.tokens.issue(company, user)
}

async function member(desk: Desk, company: Company, loginName: string): Promise<Account | null> {
  const user = await desk.store.users.byIdentity(company.app.id, memberIdentity(loginName))
  return user && isStaff(user) ? { company, user } : null
}

/**
 * The original's administrators don't say their company, so a name that one company's manager has is enough. Where two
 * have it, who doesn't say which one is not let in.
 */
async function manager(desk: Desk, companyId: string | undefined, loginName: string): Promise<Account | null> {
  const companies = [...desk.companies.values()].filter(({ id }) => companyId === undefined || id === companyId)
  const accounts = await Promise.all(companies.map((company) => member(desk, company, loginName)))
  const managers = accounts.filter((account) => account?.user.role === 'manager')
  return managers.length === 1 ? (managers[0] ?? null) : null
}
