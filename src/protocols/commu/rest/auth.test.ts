import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommuRest, otherPageOrigin, pageOrigin, type Reply } from '../../../../test/support/commu-rest.ts'
import { graceMs } from '../refresh-tokens.ts'

const path = '/api/user/auth'
const hour = 3600 * 1000
const page = { origin: pageOrigin }
const ana = { id: 'Ana@Mail.example', password: 'parlance-demo', nickname: '아나' }

function signUp(rest: CommuRest, body: object = ana, headers: Record<string, string> = page): Promise<Reply> {
  return rest.ask('POST', `${path}/signup`, { body, headers })
}

function signIn(rest: CommuRest, body: object = ana, headers: Record<string, string> = page): Promise<Reply> {
  return rest.ask('POST', `${path}/signin`, { body, headers })
}

function tokenIn({ cookie }: Reply): string {
  return /^refreshToken=([^;]*)/.exec(cookie ?? '')?.[1] ?? ''
}

function refresh(rest: CommuRest, token: string, headers: Record<string, string> = page): Promise<Reply> {
  return rest.ask('POST', `${path}/refresh`, { headers: { ...headers, cookie: `refreshToken=${token}` } })
}

describe('signing up', () => {
  test('makes an account, once for an e-mail address', async () => {
    await using rest = await CommuRest.open()
    const first = await signUp(rest)
    assert.equal(first.status, 201)
    assert.deepEqual(first.json, { statusCode: 200, result: { message: '회원가입 성공!' } })
    for (const id of [ana.id, 'ana@mail.EXAMPLE']) {
      const again = await signUp(rest, { ...ana, id })
      assert.equal(again.status, 403)
      assert.deepEqual(again.json, { statusCode: 403, message: '아이디가 중복되었습니다.', error: 'Forbidden' })
    }
    const elsewhere = await signUp(rest, ana, { origin: otherPageOrigin })
    assert.equal(elsewhere.status, 201, 'another app has its own people')
  })

  test('of two at once, one wins', async () => {
    await using rest = await CommuRest.open()
    const replies = await Promise.all([signUp(rest), signUp(rest)])
    assert.deepEqual(
      replies.map(({ status }) => status).sort((a, b) => a - b),
      [201, 403],
    )
  })

  test('says all that is wrong at once', async () => {
    await using rest = await CommuRest.open()
    const wrong = await signUp(rest, { id: 'ana', password: 'short', nickname: 'x', more: 1 })
    assert.equal(wrong.status, 400)
    assert.deepEqual(wrong.json, {
      statusCode: 400,
      message: [
        'id must be an email',
        'password must be longer than or equal to 8 characters',
        'nickname must be longer than or equal to 2 characters',
      ],
      error: 'Bad Request',
    })
    const nothing = await rest.ask('POST', `${path}/signup`, { headers: page })
    assert.equal(nothing.json.message.length, 4)
    for (const body of [
      { ...ana, nickname: 'nine chars' },
      { ...ana, nickname: 'a\u0000b' },
      { ...ana, password: 'x'.repeat(2000) },
      { ...ana, id: `${'a'.repeat(120)}@mail.example` },
      { ...ana, id: ['a@b.example'] },
      { ...ana, id: 'a\ud800@b.example' },
    ])
      assert.equal((await signUp(rest, body)).status, 400, JSON.stringify(body).slice(0, 80))
  })

  test('is limited by address', async () => {
    await using rest = await CommuRest.open({ bursts: { newcomers: 1 } })
    assert.equal((await signUp(rest)).status, 201)
    const more = await signUp(rest, { ...ana, id: 'bo@mail.example' })
    assert.equal(more.status, 429)
    assert.equal(more.json.error, 'Too Many Requests')
  })
})

describe('signing in', () => {
  test('gives an access token and a cookie out of the page’s reach', async () => {
    await using rest = await CommuRest.open()
    await signUp(rest)
    const reply = await signIn(rest, { ...ana, id: 'ANA@mail.example' })
    assert.equal(reply.status, 201)
    assert.equal(reply.result.message, '로그인 성공!')
    assert.match(
      reply.cookie!,
      /^refreshToken=main\.\d+\.[\w-]{22}\.[\w-]{43}; Path=\/api\/user\/auth\/refresh; Max-Age=360000; HttpOnly; SameSite=Lax$/,
    )
    const me = await rest.ask('GET', `${path}/me`, { headers: { authorization: `Bearer ${reply.result.accessToken}` } })
    assert.deepEqual(me.json, {
      statusCode: 200,
      result: {
        _id: me.result._id,
        id: 'Ana@Mail.example',
        nickname: '아나',
        status: 'ONLINE',
        profileUrl: 'url',
        description: '안녕하세요.',
        createdAt: '2022-12-11T16:13:24.957Z',
        updatedAt: '2022-12-11T16:13:24.957Z',
      },
    })
    const stored = JSON.stringify(await rest.store.documents.list('main' as never, `commu_refresh:1`, { limit: 9 }))
    assert.ok(!stored.includes(tokenIn(reply).split('.')[3]!), 'only a hash is kept')
  })

  test('is refused in the contract’s words', async () => {
    await using rest = await CommuRest.open()
    await signUp(rest)
    const unknown = await signIn(rest, { ...ana, id: 'bo@mail.example' })
    assert.deepEqual(unknown.json, { statusCode: 403, message: '존재하는 아이디가 없습니다.', error: 'Forbidden' })
    const wrong = await signIn(rest, { ...ana, password: 'parlance-dem0' })
    assert.deepEqual(wrong.json, { statusCode: 403, message: '비밀번호가 일치하지 않습니다.', error: 'Forbidden' })
    assert.equal(wrong.status, 403)
    assert.equal((await signIn(rest, ana, { origin: otherPageOrigin })).status, 403, 'another app has its own people')
  })

  test('is limited by name and by address, failures only', async () => {
    await using rest = await CommuRest.open({ bursts: { logins: 3 } })
    await signUp(rest)
    for (let i = 0; i < 5; i++) assert.equal((await signIn(rest)).status, 201)
    const guesses = await Promise.all(
      Array.from({ length: 6 }, (_, i) => signIn(rest, { ...ana, password: `guess number ${i}` })),
    )
    assert.deepEqual(
      guesses.map(({ status }) => status).sort((a, b) => a - b),
      [403, 403, 403, 429, 429, 429],
    )
    assert.equal((await signIn(rest)).status, 429)
  })

  test('over TLS the cookie stays on it', async () => {
    await using rest = await CommuRest.open({ publicUrl: 'https://chat.example' })
    await signUp(rest)
    assert.match((await signIn(rest)).cookie!, /; Secure$/)
  })
})

describe('which app a visitor means', () => {
  test('is told by the page’s Origin, or said', async () => {
    await using rest = await CommuRest.open()
    const unsaid = await signUp(rest, ana, {})
    assert.equal(unsaid.status, 400)
    assert.equal(unsaid.json.message, 'Say which app is meant: ?app=ID, or the header X-App-Id.')
    assert.equal((await signUp(rest, ana, { origin: 'https://evil.example' })).status, 400)
    assert.equal((await signUp(rest, ana, { 'x-app-id': 'other' })).status, 201)
    assert.equal((await signIn(rest, ana, page)).status, 403)
    const named = await rest.ask('POST', `${path}/signin?app=other`, { body: ana })
    assert.equal(named.status, 201)
    assert.equal((await signUp(rest, ana, { 'x-app-id': 'nothing' })).status, 400)
    assert.equal((await signUp(rest, ana, { 'x-app-id': '__proto__' })).status, 400)
  })

  test('need not be said where there is only one', async () => {
    await using rest = await CommuRest.open({ onlyApp: { origins: [] } })
    assert.equal((await signUp(rest, ana, {})).status, 201)
  })
})

describe('refreshing', () => {
  test('gives the next token for each, once', async () => {
    await using rest = await CommuRest.open()
    await signUp(rest)
    const first = tokenIn(await signIn(rest))
    rest.pass(99 * hour)
    const reply = await refresh(rest, first)
    assert.equal(reply.status, 201)
    assert.equal(reply.result.message, 'accessToken 재발행 성공!')
    const me = await rest.ask('GET', `${path}/me`, { headers: { authorization: `Bearer ${reply.result.accessToken}` } })
    assert.equal(me.result.nickname, '아나')
    const second = tokenIn(reply)
    assert.notEqual(second, first)
    rest.pass(99 * hour)
    assert.equal((await refresh(rest, second)).status, 201, 'the hundred hours begin again')
  })

  test('twice at once, as the clients’ REST and socket do, is fine and gives one token', async () => {
    await using rest = await CommuRest.open()
    await signUp(rest)
    const first = tokenIn(await signIn(rest))
    const replies = await Promise.all([refresh(rest, first), refresh(rest, first)])
    assert.deepEqual(
      replies.map(({ status }) => status),
      [201, 201],
    )
    const next = replies.map(tokenIn).filter((token) => token !== '')
    assert.equal(next.length, 1)
    rest.pass(graceMs - 1)
    assert.equal((await refresh(rest, first)).cookie, null)
    assert.equal((await refresh(rest, next[0]!)).status, 201)
  })

  test('one that was used before was stolen: then all of that login go', async () => {
    await using rest = await CommuRest.open()
    await signUp(rest)
    const first = tokenIn(await signIn(rest))
    const second = tokenIn(await refresh(rest, first))
    rest.pass(graceMs)
    const reused = await refresh(rest, first)
    assert.equal(reused.status, 403)
    assert.deepEqual(reused.json, {
      statusCode: 403,
      message: '유효하지 않은 refreshToken 입니다.',
      error: 'Forbidden',
    })
    assert.match(reused.cookie!, /^refreshToken=; .*Max-Age=0/)
    assert.equal((await refresh(rest, second)).status, 403)
  })

  test('there is one for each user: another login ends it, an invented one doesn’t', async () => {
    await using rest = await CommuRest.open()
    await signUp(rest)
    const first = tokenIn(await signIn(rest))
    const second = tokenIn(await signIn(rest))
    assert.equal((await refresh(rest, first)).status, 403)
    const [app, user] = second.split('.')
    assert.equal((await refresh(rest, `${app}.${user}.${'A'.repeat(22)}.${'B'.repeat(43)}`)).status, 403)
    assert.equal((await refresh(rest, second)).status, 201)
  })

  test('without one 401; too old, broken or after the logout 403', async () => {
    await using rest = await CommuRest.open()
    await signUp(rest)
    const none = await rest.ask('POST', `${path}/refresh`, { headers: page })
    assert.equal(none.status, 401)
    assert.deepEqual(none.json, { statusCode: 401, message: 'Unauthorized' })
    const login = await signIn(rest)
    const bearer = { authorization: `Bearer ${login.result.accessToken}` }
    const out = await rest.ask('POST', `${path}/signout`, { headers: { ...page, ...bearer } })
    assert.equal(out.status, 201)
    assert.equal(out.result.message, '로그아웃 성공!')
    assert.match(out.cookie!, /^refreshToken=; Path=\/api\/user\/auth\/refresh; Max-Age=0/)
    assert.equal((await refresh(rest, tokenIn(login))).status, 403)
    assert.equal((await rest.ask('GET', `${path}/me`, { headers: bearer })).result.status, 'OFFLINE')
    for (const token of ['', 'x', 'main.1.a.b', `nowhere.1.${'A'.repeat(22)}.${'B'.repeat(43)}`, '__proto__'])
      assert.equal((await refresh(rest, token)).status, 403, token)
    const later = tokenIn(await signIn(rest))
    rest.pass(100 * hour)
    assert.equal((await refresh(rest, later)).status, 403)
  })

  test('a page of another origin can’t use it', async () => {
    await using rest = await CommuRest.open()
    await signUp(rest)
    const token = tokenIn(await signIn(rest))
    for (const origin of ['https://evil.example', otherPageOrigin, 'null']) {
      const refused = await refresh(rest, token, { origin })
      assert.equal(refused.status, 403, origin)
      assert.equal(refused.result, undefined)
    }
    assert.equal((await refresh(rest, token)).status, 201)
  })
})

describe('pages of other origins', () => {
  test('an app’s own may read with cookies, others nothing', async () => {
    await using rest = await CommuRest.open()
    const own = await rest.ask('GET', '/api/users?search=a', { headers: page })
    assert.equal(own.headers['access-control-allow-origin'], pageOrigin)
    assert.equal(own.headers['access-control-allow-credentials'], 'true')
    const evil = await rest.ask('GET', '/api/users?search=a', { headers: { origin: 'https://evil.example' } })
    assert.equal(evil.headers['access-control-allow-origin'], undefined)
    const asked = await rest.ask('OPTIONS', '/api/channels/x/chat', {
      headers: { ...page, 'access-control-request-method': 'POST' },
    })
    assert.equal(asked.status, 204)
    assert.match(asked.headers['access-control-allow-headers']!, /Authorization/)
    assert.match(asked.headers['access-control-allow-methods']!, /PATCH/)
  })

  test('where any may, only those of this machine may with cookies', async () => {
    await using rest = await CommuRest.open({ onlyApp: { origins: ['*'] } })
    const near = await rest.ask('GET', '/api/users', { headers: { origin: 'http://localhost:3000' } })
    assert.equal(near.headers['access-control-allow-credentials'], 'true')
    const far = await rest.ask('GET', '/api/users', { headers: { origin: 'https://evil.example' } })
    assert.equal(far.headers['access-control-allow-origin'], '*')
    assert.equal(far.headers['access-control-allow-credentials'], undefined)
    await signUp(rest, ana, {})
    const token = tokenIn(await signIn(rest, ana, {}))
    assert.equal((await refresh(rest, token, { origin: 'https://evil.example' })).status, 403)
    assert.equal((await refresh(rest, token, { origin: 'http://localhost:3000' })).status, 201)
  })
})
