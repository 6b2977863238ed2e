import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { password, PintalkRest } from '../../../../test/support/pintalk-rest.ts'

const hourMs = 3600_000
const email = 'mina@mail.example'
const newPassword = 'a better horse battery'

type Jar = Map<string, string>

const login = (rest: PintalkRest, given: string, jar: Jar = new Map()) =>
  rest.ask('POST', '/api/auth/login/', { jar, body: { email, password: given } })
const refreshes = async (rest: PintalkRest, jar: Jar) =>
  (await rest.ask('POST', '/api/auth/token/refresh/', { jar })).status

async function mailed(rest: PintalkRest): Promise<string> {
  return ((await rest.mails()).at(-1)!.body['values'] as { password: string }).password
}

describe('changing the password', () => {
  test('ends the sessions elsewhere', async () => {
    await using rest = await PintalkRest.open()
    const { user } = await rest.host('mina')
    const [here, elsewhere]: [Jar, Jar] = [new Map(), new Map()]
    const as = (await login(rest, password, here)).json.accessToken
    await login(rest, password, elsewhere)
    const change = (body: object) => rest.ask('POST', '/api/auth/password-change/', { as, jar: here, body })
    const wrong = await change({ currentPassword: 'wrong', newPassword })
    assert.deepEqual([wrong.status, wrong.json], [401, { code: 401, detail: 'Incorrect password' }])
    assert.equal((await change({ currentPassword: password, newPassword: password })).status, 400)
    assert.deepEqual(Object.keys((await change({ current_password: password, new_password: 'short' })).json.detail), [
      'newPassword',
    ])
    assert.deepEqual(Object.keys((await change({})).json.detail), ['currentPassword', 'newPassword'])
    const changed = await change({ current_password: password, new_password: newPassword })
    assert.deepEqual([changed.status, changed.json.id], [200, user.id])
    assert.equal((await login(rest, password)).status, 401)
    assert.equal((await login(rest, newPassword)).status, 200)
    assert.equal(await refreshes(rest, here), 201)
    assert.equal(await refreshes(rest, elsewhere), 401)
    assert.equal((await rest.ask('POST', '/api/auth/password-change/', { body: {} })).status, 401)
  })

  test('guesses at the current one are limited', async () => {
    await using rest = await PintalkRest.open({ bursts: { logins: 3 } })
    const { token: as } = await rest.host('mina')
    const body = { currentPassword: 'wrong', newPassword }
    const statuses = []
    for (let times = 0; times < 4; times++)
      statuses.push((await rest.ask('POST', '/api/auth/password-change/', { as, body })).status)
    assert.deepEqual(statuses, [401, 401, 401, 429])
    assert.equal((await rest.ask('POST', '/api/auth/leave/', { as, body: { password } })).status, 429)
  })
})

describe('a forgotten password', () => {
  test('a temporary one is mailed, and takes its place when it is used', async () => {
    await using rest = await PintalkRest.open()
    await rest.host('mina')
    const jar: Jar = new Map()
    await login(rest, password, jar)
    const headers = { 'accept-language': 'en-US,en;q=0.9,ko;q=0.8' }
    const { status, json } = await rest.ask('POST', '/api/auth/password-reset/', {
      headers,
      body: { email: 'Mina@mail.example' },
    })
    assert.deepEqual([status, json], [200, { detail: 'email sent' }])
    const temporary = await mailed(rest)
    const [mail] = await rest.mails()
    assert.deepEqual(mail!.body, {
      to: email,
      template: 'password-reset',
      language: 'en',
      values: { password: temporary },
    })
    // Whoever asked for it, nothing changes for the owner until it is used.
    assert.equal((await login(rest, password)).status, 200)
    assert.equal(await refreshes(rest, jar), 201)
    assert.equal((await login(rest, temporary)).status, 200)
    assert.equal(await refreshes(rest, jar), 401)
    assert.equal((await login(rest, password)).status, 401)
    assert.equal((await login(rest, temporary)).status, 200)
  })

  test('is good for an hour, and not beyond a change of the password', async () => {
    await using rest = await PintalkRest.open()
    const { token: as } = await rest.host('mina')
    await rest.ask('POST', '/api/auth/password-reset/', { body: { email } })
    const first = await mailed(rest)
    rest.pass(hourMs)
    assert.equal((await login(rest, first)).status, 401)
    await rest.ask('POST', '/api/auth/password-reset/', { body: { email } })
    const second = await mailed(rest)
    const token = (await login(rest, password)).json.accessToken
    await rest.ask('POST', '/api/auth/password-change/', {
      as: token,
      body: { currentPassword: password, newPassword },
    })
    assert.equal((await login(rest, second)).status, 401)
    assert.equal((await rest.ask('GET', '/api/users/', { as })).status, 401)
  })

  test('of nobody', async () => {
    await using rest = await PintalkRest.open()
    const { status, json } = await rest.ask('POST', '/api/auth/password-reset/', { body: { email } })
    assert.deepEqual([status, json.code], [404, 404])
    assert.deepEqual(await rest.mails(), [])
  })
})

describe('leaving, and coming back', () => {
  test('nothing of the account works until it is restored', async () => {
    await using rest = await PintalkRest.open()
    const host = await rest.host('mina')
    const jar: Jar = new Map()
    const as = (await login(rest, password, jar)).json.accessToken
    const leave = (body: object) => rest.ask('POST', '/api/auth/leave/', { as, body, jar: new Map(jar) })
    assert.equal((await leave({ password: 'wrong' })).status, 401)
    assert.deepEqual(Object.keys((await leave({})).json.detail), ['password'])
    const left = await leave({ password })
    assert.deepEqual([left.status, left.json.isDeleted, left.json.deletedAt], [200, true, '2023-03-23T03:22:12.000Z'])
    const told = rest.deliveries.map(({ event }) => event).find((event) => event.type === 'user_changed')
    assert.equal(told?.type === 'user_changed' && told.user.meta['deletedAt'], Date.UTC(2023, 2, 23, 3, 22, 12))

    assert.equal(await refreshes(rest, jar), 401)
    assert.equal((await rest.ask('GET', `/api/users/${host.user.id}/`, { as })).status, 401)
    const refused = await login(rest, password)
    assert.deepEqual([refused.status, refused.json.code], [409, 409])
    assert.equal((await login(rest, 'wrong')).status, 401)
    assert.equal((await rest.ask('POST', '/api/chat/', { headers: host.keys })).status, 401)
    const headers = { ...host.keys, origin: `https://${host.domain}` }
    assert.equal((await rest.ask('GET', '/api/users/client/', { headers })).status, 401)
    assert.equal((await rest.ask('POST', '/api/auth/password-reset/', { body: { email } })).status, 409)
    assert.equal((await rest.ask('POST', '/api/auth/check-email/', { body: { email } })).status, 409)

    const asked = await rest.ask('POST', '/api/auth/restore/', { body: { email } })
    assert.deepEqual([asked.status, asked.json], [200, { detail: 'email sent' }])
    const [mail] = await rest.mails()
    assert.deepEqual([mail!.body['template'], mail!.body['to']], ['temporary-password', email])
    // Who only knows the address has changed nothing.
    assert.equal((await login(rest, password)).status, 409)
    const back = await login(rest, await mailed(rest))
    assert.deepEqual([back.status, back.json.isDeleted, back.json.deletedAt], [200, false, null])
    assert.equal((await rest.ask('POST', '/api/chat/', { headers: host.keys })).status, 201)
    assert.equal((await login(rest, password)).status, 401)
  })

  test('a reset from before doesn’t bring it back', async () => {
    await using rest = await PintalkRest.open()
    const { token: as } = await rest.host('mina')
    await rest.ask('POST', '/api/auth/password-reset/', { body: { email } })
    const temporary = await mailed(rest)
    assert.equal((await rest.ask('POST', '/api/auth/leave/', { as, body: { password } })).status, 200)
    assert.equal((await login(rest, temporary)).status, 401)
  })

  test('restore doesn’t tell who has an account', async () => {
    await using rest = await PintalkRest.open()
    await rest.host('mina')
    const replies = []
    for (const address of [email, 'nobody@mail.example']) {
      replies.push(await rest.ask('POST', '/api/auth/restore/', { body: { email: address } }))
    }
    assert.deepEqual(
      replies.map(({ status, text }) => [status, text]),
      Array(2).fill([200, '{"detail":"email sent"}']),
    )
    assert.deepEqual(await rest.mails(), [])
  })
})
