import { Type, type Static } from 'typebox'
import { ChatError } from '../../../core/errors.ts'
import type { AppId, Role, User, UserId } from '../../../core/model.ts'
import { hashPassword } from '../../../core/password.ts'
import type { UserPatch } from '../../../core/ports.ts'
import type { Company } from '../company.ts'
import type { Desk } from '../desk.ts'
import { isStaff, memberIdentity, memberMeta, type MemberMeta } from '../identity.ts'
import { memberObject } from '../objects.ts'
import { loginNameTaken, noSuchMember, ownLevel } from '../reasons.ts'
import { callerOf } from './door.ts'
import { idParams, nonEmpty, pageFields, searchFields, text, toRange } from './parameters.ts'
import { inWords, SaidError } from './refusal.ts'
import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

/** 0 system, 1 super, 2 admin, 3 manager: these run the company. 4 employee, 7 reader, 9 guest. */
const authLevel = Type.Integer({ minimum: 0, maximum: 9 })
const lastManagerLevel = 3

const named = { deptName: Type.Optional(text(100)), positionName: Type.Optional(text(100)) }
const loginName = Type.String({ pattern: '^[^\\s\\p{Cc}]{1,60}$' })
const hired = Type.Object({
  loginName,
  password: Type.String({ minLength: 8, maxLength: 250 }),
  name: nonEmpty(100),
  authLevel,
  ...named,
})
const changed = Type.Object({ name: Type.Optional(nonEmpty(100)), authLevel: Type.Optional(authLevel), ...named })
/** 0 consulting, 1 break, 2 meeting, 3 on call, 5 off work, 9 other. */
const stated = Type.Object({ state: Type.Integer({ enum: [0, 1, 2, 3, 5, 9] }) })

export function memberRoutes(scope: Scope, { desk, door, maxPageSize }: Rest): void {
  const query = Type.Object({ ...searchFields(['name']), ...pageFields(maxPageSize) })
  const path = '/api/member/:id'
  const staff = { onRequest: door.staff }

  scope.get(
    '/api/member',
    { ...staff, schema: { summary: 'Members of the company', querystring: query } },
    async (request) => {
      const { company } = callerOf(request)
      const { searchValue } = request.query
      const like = searchValue === undefined ? {} : { nameLike: searchValue }
      const { users, total } = await desk.store.users.find({
        protocol: 'cstalk',
        appId: company.app.id,
        roles: ['agent', 'manager'],
        ...like,
        ...toRange(request.query),
      })
      return { totalCount: total, list: users.map((user) => memberObject(company, user)) }
    },
  )

  scope.get(path, { ...staff, schema: { summary: 'A member', params: idParams } }, async (request) => {
    const { company } = callerOf(request)
    const user = await desk.store.users.byId(company.app.id, request.params.id as UserId)
    return memberObject(company, existing(user))
  })

  scope.post(
    '/api/member',
    { onRequest: door.managers, schema: { summary: 'A new member', body: hired } },
    async (request) => {
      const { company, user } = callerOf(request)
      mustOutrank(user, request.body.authLevel)
      return memberObject(company, await hire(desk, company, request.body))
    },
  )

  scope.put(
    path,
    { ...staff, schema: { summary: 'Change a member', params: idParams, body: changed } },
    async (request) => {
      const { company, user } = callerOf(request)
      const id = request.params.id as UserId
      if (user.id !== id && user.role !== 'manager') throw new ChatError('forbidden', 'only managers change others')
      return change(desk, company, id, (member) => changes(user, member, request.body))
    },
  )

  scope.put(
    `${path}/state`,
    { ...staff, schema: { summary: 'What the member is doing', params: idParams, body: stated } },
    async (request) => {
      const { company, user } = callerOf(request)
      const id = request.params.id as UserId
      if (user.id !== id) throw new ChatError('forbidden', 'everybody says this for themselves')
      return change(desk, company, id, (member) => ({ meta: { ...member.meta, state: request.body.state } }))
    },
  )
}

async function hire(desk: Desk, { app }: Company, body: Static<typeof hired>): Promise<User> {
  const { loginName: login, name, password, authLevel: level, deptName = null, positionName = null } = body
  const meta: MemberMeta = { loginName: login, authLevel: level, state: 0, deptName, positionName }
  const passwordHash = await hashPassword(password)
  const draft = {
    appId: app.id,
    role: roleOf(level),
    name,
    passwordHash,
    identity: memberIdentity(login),
    meta: { ...meta },
  }
  return inWords({ conflict: loginNameTaken }, desk.accounts.open(draft))
}

async function change(desk: Desk, company: Company, id: UserId, decide: (member: User) => UserPatch): Promise<object> {
  const appId: AppId = company.app.id
  const user = await desk.accounts.change(appId, id, (found) => decide(existing(found)))
  return memberObject(company, existing(user))
}

function changes(
  by: User,
  member: User,
  { name, authLevel: level, deptName, positionName }: Static<typeof changed>,
): UserPatch {
  const before = memberMeta(member)
  if (by.id !== member.id) mustOutrank(by, before.authLevel)
  if (level !== undefined && level !== before.authLevel) {
    // Nobody locks the company's last manager out by mistake, and nobody makes themselves one.
    if (by.id === member.id) throw new SaidError('forbidden', ownLevel)
    mustOutrank(by, level)
  }
  const meta: MemberMeta = {
    ...before,
    authLevel: level ?? before.authLevel,
    deptName: deptName ?? before.deptName,
    positionName: positionName ?? before.positionName,
  }
  return {
    ...(name === undefined ? {} : { name }),
    ...(level === undefined ? {} : { role: roleOf(level) }),
    meta: { ...member.meta, ...meta },
  }
}

/** Smaller levels are stronger. Nobody makes or changes a member stronger than themselves. */
function mustOutrank(by: User, level: number): void {
  if (level < memberMeta(by).authLevel) throw new ChatError('forbidden', 'that level is above your own')
}

function roleOf(level: number): Role {
  return level <= lastManagerLevel ? 'manager' : 'agent'
}

/** Customers, and members of other companies, are no members. */
function existing(user: User | null): User {
  if (!user || !isStaff(user)) throw new SaidError('not_found', noSuchMember)
  return user
}
