import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  adminOrigin,
  otherAdminOrigin,
  password,
  PintalkRest,
  startedAt,
  type Reply,
} from '../../../../test/support/pintalk-rest.ts'
import { hostMeta } from '../host.ts'

const minuteMs = 60_000
const email = 'mina@mail.example'
const service = { service_name: '민아상점', service_expl: '좋은 물건', service_domain: 'https://Shop.Example/ko' }

type Jar = Map<string, string>

async function codeOf(rest: PintalkRest): Promise<string> {
  const mail = (await rest.mails()).at(-1)!
  return (mail.body['values'] as { code: string }).code
}

/** Up to the code in the mail. */
async function askForCode(rest: PintalkRest, jar: Jar): Promise<string> {
  assert.equal((await rest.ask('POST', '/api/auth/check-email/', { jar, body: { email } })).status, 200)
  assert.equal((await rest.ask('POST', '/api/auth/email-verification/', { jar, body: { email } })).status, 200)
  return codeOf(rest)
}

const confirm = (rest: PintalkRest, jar: Jar, verificationCode: unknown): Promise<Reply> =>
  rest.ask('POST', '/api/auth/email-confirmation/', { jar, body: { verificationCode } })

const wrong = (code: string): string => (code === '111111' ? '222222' : '111111')

describe('signing up', () => {
  test('step by step, as the admin front does', async () => {
    await using rest = await PintalkRest.open()
    const jar: Jar = new Map()
    const checked = await rest.ask('POST', '/api/auth/check-email/', { jar, body: { email } })
    assert.deepEqual([checked.status, checked.json], [200, { email }])
    assert.match(checked.cookies.get('email_duplication_check')!, /; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/)

    const headers = { 'accept-language': 'ja,en;q=0.8' }
    const mailed = await rest.ask('POST', '/api/auth/email-verification', { jar, body: { email }, headers })
    assert.deepEqual([mailed.status, mailed.json], [200, { detail: 'email sent' }])
    assert.match(mailed.cookies.get('email_verification_code')!, /Max-Age=300;/)
    const [mail] = await rest.mails()
    const code = await codeOf(rest)
    assert.match(code, /^\d{6}$/)
    assert.deepEqual(mail!.body, { to: email, template: 'verification', language: 'ja', values: { code } })
    assert.equal(mail!.dueAt, startedAt)
    // Neither the code nor the address lies in the client's hands.
    assert.ok([...jar.values()].every((value) => !value.includes(code) && !value.includes('mina')))

    const confirmed = await confirm(rest, jar, code)
    assert.deepEqual([confirmed.status, confirmed.text], [204, ''])
    assert.match(confirmed.cookies.get('email_confirmation')!, /Max-Age=600;/)

    const body = { email, password, ...service }
    const signedUp = await rest.ask('POST', '/api/auth/signup/', { jar, body })
    assert.equal(signedUp.status, 201)
    const { id, uuid, accessKey, secretKey, ...rest_ } = signedUp.json
    assert.ok(Number.isInteger(id))
    assert.match(uuid, /^[\w-]{22}$/)
    assert.match(accessKey, /^[\w-]{22}$/)
    assert.match(secretKey, /^[0-9a-f]{64}$/)
    assert.deepEqual(rest_, {
      email,
      profileName: '민아상점',
      description: '',
      serviceName: '민아상점',
      serviceExpl: '좋은 물건',
      serviceDomain: 'shop.example',
      profileImage: null,
      isDeleted: false,
      deletedAt: null,
      createdAt: '2023-03-23T03:22:12.000Z',
      updatedAt: '2023-03-23T03:22:12.000Z',
    })
    assert.equal(jar.size, 0)
    const login = await rest.ask('POST', '/api/auth/login/', { body: { email: 'MINA@mail.example', password } })
    assert.equal(login.status, 200)
    assert.equal(login.json.id, id)
    const again = await rest.ask('POST', '/api/auth/check-email/', { body: { email: 'Mina@Mail.Example' } })
    assert.deepEqual([again.status, again.json.code], [409, 409])
    assert.deepEqual(rest.log.of('error'), [])
  })

  test('no step without the one before, nor after its time', async () => {
    await using rest = await PintalkRest.open()
    const jar: Jar = new Map()
    const statusOf = async (path: string, body: object) =>
      (await rest.ask('POST', `/api/auth/${path}/`, { jar, body })).status
    const signUp = { email, password, ...service }
    assert.equal(await statusOf('email-verification', { email }), 422)
    assert.equal(await statusOf('email-confirmation', { verificationCode: '000000' }), 422)
    assert.equal(await statusOf('signup', signUp), 422)

    await rest.ask('POST', '/api/auth/check-email/', { jar, body: { email } })
    assert.equal(await statusOf('email-verification', { email: 'juno@mail.example' }), 422)
    rest.pass(60 * minuteMs)
    assert.equal(await statusOf('email-verification', { email }), 422)

    const late = await askForCode(rest, jar)
    rest.pass(5 * minuteMs)
    assert.equal((await confirm(rest, jar, late)).status, 422)

    await confirm(rest, jar, await askForCode(rest, jar))
    assert.equal(await statusOf('signup', { ...signUp, email: 'juno@mail.example' }), 422)
    rest.pass(10 * minuteMs)
    assert.equal(await statusOf('signup', signUp), 422)
    assert.deepEqual((await rest.mails()).length, 2)
  })

  test('a cookie is good for its own step, unchanged, and only on pages of its app', async () => {
    await using rest = await PintalkRest.open()
    const jar: Jar = new Map()
    await askForCode(rest, jar)
    const checked = jar.get('email_duplication_check')!
    const forged = (name: string, value: string): Jar => new Map([[name, value]])
    const statusOf = async (path: string, used: Jar, body: object, origin?: string) => {
      const headers = origin === undefined ? {} : { origin }
      return (await rest.ask('POST', `/api/auth/${path}/`, { jar: used, body, headers })).status
    }
    const signUp = { email, password, ...service }
    assert.equal(await statusOf('signup', forged('email_confirmation', checked), signUp), 422)
    assert.equal(
      await statusOf('signup', forged('email_confirmation', jar.get('email_verification_code')!), signUp),
      422,
    )
    const parts = checked.split('.')
    for (const [index, value] of [
      [0, 'other'],
      [1, 'x'],
      [2, 'y'],
      [3, '9999999999999'],
      [4, 'z'],
    ] as const) {
      const changed = parts.with(index, value).join('.')
      assert.equal(
        await statusOf('email-verification', forged('email_duplication_check', changed), { email }),
        422,
        changed,
      )
    }
    assert.equal(await statusOf('email-verification', new Map(jar), { email }, otherAdminOrigin), 422)
    assert.equal(await statusOf('email-verification', new Map(jar), { email }, adminOrigin), 200)
  })

  test('a code is good for five tries and one use', async () => {
    await using rest = await PintalkRest.open()
    const jar: Jar = new Map()
    const code = await askForCode(rest, jar)
    for (let tries = 0; tries < 4; tries++) assert.equal((await confirm(rest, jar, wrong(code))).status, 409)
    const used = new Map(jar)
    assert.equal((await confirm(rest, jar, code)).status, 204)
    assert.equal((await confirm(rest, used, code)).status, 422)

    const second = await askForCode(rest, jar)
    const guesses = await Promise.all(Array.from({ length: 40 }, () => confirm(rest, new Map(jar), wrong(second))))
    assert.equal(guesses.filter(({ status }) => status === 409).length, 5)
    assert.equal(guesses.filter(({ status }) => status === 422).length, 35)
    assert.equal((await confirm(rest, jar, second)).status, 422)
  })

  test('of two who confirm the same address, one gets it', async () => {
    await using rest = await PintalkRest.open()
    const jars: Jar[] = [new Map(), new Map()]
    for (const jar of jars) await confirm(rest, jar, await askForCode(rest, jar))
    const signUp = (jar: Jar) => rest.ask('POST', '/api/auth/signup/', { jar, body: { email, password, ...service } })
    const replies = await Promise.all(jars.map(signUp))
    assert.deepEqual(
      replies.map(({ status }) => status).sort((a, b) => a - b),
      [201, 409],
    )
  })

  test('every wrong field is named, as answers name it', async () => {
    await using rest = await PintalkRest.open()
    const jar: Jar = new Map()
    await confirm(rest, jar, await askForCode(rest, jar))
    const signUp = async (body: unknown) => (await rest.ask('POST', '/api/auth/signup/', { jar, body })).json
    const nothing = await signUp({})
    assert.equal(nothing.code, 400)
    assert.deepEqual(Object.keys(nothing.detail), ['email', 'password', 'serviceName', 'serviceExpl', 'serviceDomain'])
    assert.deepEqual(nothing.detail.email, ['This field is required.'])
    const good = { email, password, ...service }
    for (const [field, value] of [
      ['email', 'mina'],
      ['email', `${'a'.repeat(60)}@b.example`],
      ['email', 'a@b.example\r\nBcc: c@d.example'],
      ['password', 'short'],
      ['password', 'x'.repeat(1025)],
      ['password', 12345678],
      ['serviceName', ' '],
      ['serviceName', 'x'.repeat(51)],
      ['serviceName', 'a\u0000b'],
      ['serviceExpl', 'x'.repeat(201)],
      ['serviceDomain', 'not a domain'],
      ['serviceDomain', 'user:secret@shop.example'],
      ['serviceDomain', `${'a.'.repeat(100)}example`],
    ] as const) {
      const snake = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      const { code, detail } = await signUp({ ...good, [snake]: value })
      assert.equal(code, 400, `${field} ${value}`)
      assert.deepEqual(Object.keys(detail), [field], String(value))
    }
  })

  test('the app is that of the page', async () => {
    await using rest = await PintalkRest.open()
    await rest.host('mina')
    const check = async (origin: string) =>
      (await rest.ask('POST', '/api/auth/check-email/', { body: { email }, headers: { origin } })).status
    assert.deepEqual(
      [await check(adminOrigin), await check(otherAdminOrigin), await check('https://x.example')],
      [409, 200, 409],
    )
    const jar: Jar = new Map()
    const headers = { origin: otherAdminOrigin }
    await rest.ask('POST', '/api/auth/check-email/', { jar, headers, body: { email } })
    await rest.ask('POST', '/api/auth/email-verification/', { jar, headers, body: { email } })
    await confirm(rest, jar, await codeOf(rest))
    const { status, json } = await rest.ask('POST', '/api/auth/signup/', {
      jar,
      headers,
      body: { email, password, ...service },
    })
    assert.equal(status, 201)
    const user = await rest.store.users.byId('other' as never, json.id)
    assert.equal(hostMeta(user!).email, email)
  })

  test('mails and questions about addresses are limited', async () => {
    await using rest = await PintalkRest.open({ bursts: { mails: 2 } })
    const jar: Jar = new Map()
    await rest.ask('POST', '/api/auth/check-email/', { jar, body: { email } })
    const statuses = []
    for (let mails = 0; mails < 3; mails++) {
      statuses.push((await rest.ask('POST', '/api/auth/email-verification/', { jar, body: { email } })).status)
    }
    assert.deepEqual(statuses, [200, 200, 429])
    assert.equal((await rest.mails()).length, 2)

    await using other = await PintalkRest.open({ bursts: { emailRequests: 3 } })
    const paths = ['check-email', 'password-reset', 'restore', 'check-email']
    const asked = []
    for (const path of paths) asked.push((await other.ask('POST', `/api/auth/${path}/`, { body: { email } })).json)
    assert.deepEqual(
      asked.map(({ code }) => code ?? 200),
      [200, 404, 200, 429],
    )
    assert.equal(typeof asked[3].detail, 'string')
  })
})
