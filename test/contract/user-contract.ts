import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '../../src/core/errors.ts'
import type { AppId } from '../../src/core/model.ts'
import type { UserQuery } from '../../src/core/ports.ts'
import { identity, nobody, type Desk } from './desk.ts'

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

export function userContract(desk: () => Desk): void {
  test('a user is made once for an identity', async () => {
    const app = desk().newApp()
    const draft = desk().userDraft(app, 'agent', { name: 'Ana', meta: { a: 1 }, passwordHash: 'hash' })
    const user = await desk().store.users.create(draft)
    assert.deepEqual(user, {
      id: user.id,
      appId: app,
      role: 'agent',
      name: 'Ana',
      blocked: false,
      meta: { a: 1 },
      createdAt: desk().now,
      updatedAt: desk().now,
    })
    await assert.rejects(desk().store.users.create({ ...draft, name: 'Eve' }), { name: 'ChatError', code: 'conflict' })
    const other = desk().newApp()
    assert.notEqual(
      (await desk().store.users.create({ ...draft, appId: other })).id,
      user.id,
      'another app’s is another user',
    )
    const wires = await desk().store.users.create({
      ...draft,
      identity: identity('pintalk', draft.identity.externalId),
    })
    assert.notEqual(wires.id, user.id, 'another wire’s is another user')
    assert.deepEqual(await desk().store.users.byIdentity(app, draft.identity), user)
    assert.deepEqual(await desk().store.users.identities(app, user.id), [draft.identity])
    assert.deepEqual(await desk().store.users.identities(other, user.id), [])
  })

  test('of those who create at once, one wins and the others hear conflict', async () => {
    const draft = desk().userDraft(desk().newApp())
    const settled = await Promise.allSettled([1, 2, 3].map(() => desk().store.users.create(draft)))
    assert.deepEqual(settled.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected'])
  })

  test('ensure finds or makes, one user however many ask at once', async () => {
    const app = desk().newApp()
    const draft = desk().userDraft(app, 'customer', { meta: { a: 1 } })
    const made = await Promise.all(Array.from({ length: 10 }, () => desk().store.users.ensure(draft)))
    assert.equal(made.filter(({ created }) => created).length, 1)
    assert.equal(new Set(made.map(({ user }) => user.id)).size, 1)
    const again = await desk().store.users.ensure({ ...draft, role: 'manager', name: 'Other', meta: { b: 2 } })
    assert.deepEqual(again, { user: made[0]?.user, created: false })
  })

  test('a user may have several names, each of one user', async () => {
    const [app, other] = [desk().newApp(), desk().newApp()]
    const [user, friend, alien] = [await desk().user(app), await desk().user(app), await desk().user(other)]
    const { users } = desk().store
    await users.identify(app, user.id, identity('pintalk', 'ana@example.test'))
    assert.deepEqual(await users.byIdentity(app, identity('pintalk', 'ana@example.test')), user)
    assert.equal((await users.identities(app, user.id)).length, 2)
    for (const taker of [user, friend]) {
      await assert.rejects(users.identify(app, taker.id, identity('pintalk', 'ana@example.test')), { code: 'conflict' })
    }
    await assert.rejects(users.identify(app, alien.id, identity('pintalk', 'mallory')), { code: 'not_found' })
    await assert.rejects(users.identify(app, nobody, identity('pintalk', 'mallory')), { code: 'not_found' })
    assert.equal(await users.byIdentity(app, identity('pintalk', 'mallory')), null)
  })

  test('nobody finds another app’s users', async () => {
    const [app, other] = [desk().newApp(), desk().newApp()]
    const [user, alien] = [await desk().user(app), await desk().user(other, 'member', { passwordHash: 'hash' })]
    const { users } = desk().store
    assert.deepEqual(await users.byId(app, user.id), user)
    assert.equal(await users.byId(app, alien.id), null)
    assert.equal(await users.byId(app, nobody), null)
    assert.equal(await users.passwordHash(app, alien.id), null)
    assert.equal(await users.passwordHash(other, alien.id), 'hash')
    assert.equal(await users.passwordHash(app, user.id), null)
    assert.deepEqual([...(await users.byIds(app, [user.id, alien.id, nobody, user.id]))], [[user.id, user]])
    assert.equal((await users.byIds(app, [])).size, 0)
    assert.equal(await users.update(app, alien.id, { name: 'Mallory' }), null)
    assert.deepEqual(await users.byId(other, alien.id), alien)
  })

  test('users come in the order in which they are asked for', async () => {
    const app = desk().newApp()
    const { users } = desk().store
    const made = [await desk().user(app, 'member'), await desk().user(app, 'member'), await desk().user(app, 'member')]
    const ids = [made[1]!.id, made[2]!.id, made[0]!.id]
    assert.deepEqual([...(await users.byIds(app, ids)).keys()], ids)
    assert.deepEqual([...(await users.byIds(app, ids.toReversed())).keys()], ids.toReversed())
  })

  test('update changes what it names', async () => {
    const app = desk().newApp()
    const user = await desk().user(app, 'member', { name: 'Ana', meta: { a: 1 }, passwordHash: 'old' })
    desk().pass(5)
    const { users } = desk().store
    assert.deepEqual(await users.update(app, user.id, { blocked: true }), {
      ...user,
      blocked: true,
      updatedAt: desk().now,
    })
    desk().pass(5)
    const changed = await users.update(app, user.id, { name: 'Anna', role: 'manager', meta: { b: 2 } })
    assert.deepEqual(changed, {
      ...user,
      name: 'Anna',
      role: 'manager',
      meta: { b: 2 },
      blocked: true,
      updatedAt: desk().now,
    })
    assert.equal(await users.passwordHash(app, user.id), 'old')
    desk().pass(5)
    await users.update(app, user.id, { passwordHash: 'new' })
    assert.equal(await users.passwordHash(app, user.id), 'new')
    assert.equal(await users.update(app, nobody, { name: 'x' }), null)
    await desk().reopen()
    assert.deepEqual(await desk().store.users.byId(app, user.id), { ...changed, updatedAt: desk().now })
    assert.equal(await desk().store.users.passwordHash(app, user.id), 'new')
  })

  test('of changes that go by what the user is, none is lost, however many come at once', async () => {
    const app = desk().newApp()
    const user = await desk().user(app, 'member', { meta: { count: 0 } })
    const { users } = desk().store
    const more = () => users.update(app, user.id, ({ meta }) => ({ meta: { count: Number(meta['count']) + 1 } }))
    const refused = users.update(app, user.id, () => {
      throw new ChatError('forbidden', 'not you')
    })
    const [, ...made] = await Promise.all([assert.rejects(refused, { code: 'forbidden' }), ...range(10).map(more)])
    assert.equal((await users.byId(app, user.id))?.meta['count'], 10)
    assert.deepEqual(
      made.toSorted((a, b) => a!.updatedAt - b!.updatedAt).map((one) => one?.meta['count']),
      range(10).map((count) => count + 1),
    )
    assert.equal(await users.update(app, nobody, more as never), null)
  })

  test('find narrows, counts all, and gives a page, newest first', async () => {
    const app: AppId = desk().newApp()
    const make = (name: string, role: 'agent' | 'manager' | 'member', protocol: 'commu' | 'cstalk') =>
      desk().user(app, role, { name, identity: identity(protocol, name) })
    await make('ana', 'agent', 'cstalk')
    const bo = await make('bo_x', 'manager', 'cstalk')
    await make('cy', 'member', 'commu')
    await make('boax', 'member', 'commu')
    await desk().user(desk().newApp(), 'agent', { name: 'alien' })
    await desk().store.users.update(app, bo.id, { blocked: true })
    const find = async (query: Partial<UserQuery>) => {
      const { users, total } = await desk().store.users.find({ appId: app, limit: 10, ...query })
      return [users.map(({ name }) => name).join(' '), total]
    }
    assert.deepEqual(await find({}), ['boax cy bo_x ana', 4])
    assert.deepEqual(await find({ limit: 2, offset: 1 }), ['cy bo_x', 4])
    assert.deepEqual(await find({ roles: ['agent', 'manager'] }), ['bo_x ana', 2])
    assert.deepEqual(await find({ roles: [] }), ['', 0])
    assert.deepEqual(await find({ blocked: true }), ['bo_x', 1])
    assert.deepEqual(await find({ blocked: false }), ['boax cy ana', 3])
    assert.deepEqual(await find({ protocol: 'cstalk' }), ['bo_x ana', 2])
    assert.deepEqual(await find({ nameLike: 'BO' }), ['boax bo_x', 2])
    assert.deepEqual(await find({ nameLike: 'o_x' }), ['bo_x', 1])
    assert.deepEqual(await find({ protocol: 'commu', nameLike: 'bo', roles: ['member'], blocked: false }), ['boax', 1])
    for (const limit of [0, -1, NaN]) assert.deepEqual(await find({ limit }), ['', 4])
  })

  test('find looks into all that users are called', async () => {
    const app: AppId = desk().newApp()
    const make = (name: string, protocol: 'commu' | 'cstalk', externalId: string) =>
      desk().user(app, 'member', { name, identity: identity(protocol, externalId) })
    await make('ana', 'commu', 'first@mail.example')
    await make('bo', 'commu', 'second_x@mail.example')
    const cy = await make('mailer', 'cstalk', 'cy')
    await desk().store.users.identify(app, cy.id, identity('commu', 'ZZZ'))
    const find = async (query: Partial<UserQuery>) => {
      const { users } = await desk().store.users.find({ appId: app, limit: 10, ...query })
      return users.map(({ name }) => name).join(' ')
    }
    assert.equal(await find({ anyNameLike: 'mail' }), 'mailer bo ana')
    assert.equal(await find({ anyNameLike: 'MAIL.EX', protocol: 'commu' }), 'bo ana')
    assert.equal(await find({ anyNameLike: 'd_x@' }), 'bo')
    assert.equal(await find({ anyNameLike: '%' }), '')
    assert.equal(await find({ anyNameLike: 'cy' }), 'mailer')
    assert.equal(await find({ anyNameLike: 'cy', protocol: 'commu' }), '')
    assert.equal(await find({ anyNameLike: 'zz', protocol: 'commu' }), 'mailer')
  })

  test('a removed user is gone with its names, and what it wrote stays', async () => {
    const [app, other] = [desk().newApp(), desk().newApp()]
    const ana = await desk().user(app, 'member', { identity: identity('commu', 'ana') })
    const room = await desk().room(app, { members: [{ userId: ana.id, role: 'member' }] })
    await desk().say(room, ana, 'hello')
    const { users } = desk().store
    assert.equal(await users.remove(other, ana.id), false)
    await assert.rejects(users.remove(app, ana.id), { code: 'conflict' })
    await desk().step(room, { type: 'leave', userId: ana.id })
    assert.equal(await users.remove(app, ana.id), true)
    assert.equal(await users.remove(app, ana.id), false)
    assert.equal(await users.byIdentity(app, identity('commu', 'ana')), null)
    assert.equal((await desk().store.messages.byId(room.id, 1))?.body, 'hello')
    const again = await desk().user(app, 'member', { identity: identity('commu', 'ana') })
    assert.notEqual(again.id, ana.id)
  })
}
