import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { demoCommu, demoPassword, demoPintalk } from '../../src/demo.ts'
import { Serving } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Answer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  readonly body: any
}

async function ask(url: string, { method = 'GET', body, ...headers }: Record<string, string> = {}): Promise<Answer> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(url, { method, headers: { ...type, ...headers }, ...(body !== undefined && { body }) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

async function signIn(url: string, id: string): Promise<string> {
  const body = JSON.stringify({ id, password: demoPassword })
  const answer = await ask(`${url}/api/user/auth/signin`, { method: 'POST', body })
  return `Bearer ${answer.body.result.accessToken}`
}

describe('beside the other protocols', () => {
  test('an address that pintalk has too answers each in its own words', async () => {
    await using folder = await temporaryFolder()
    await using server = await Serving.start({ folder: folder.path })
    const users = `${server.url}/api/users`
    const { email } = demoPintalk
    const login = JSON.stringify({ email, password: demoPassword })
    const host = await ask(`${server.url}/api/auth/login/`, { method: 'POST', body: login })
    const authorization = `Bearer ${host.body.accessToken}`
    for (const address of [users, `${users}/`, `${users}?page=1`]) {
      const { status, body } = await ask(address, { authorization })
      assert.deepEqual([status, body.results?.[0]?.email], [200, email], address)
      assert.equal((await ask(address)).body.code, 401)
    }
    const own = await ask(`${users}/${host.body.id}`, { authorization })
    assert.equal(own.body.email, email)
    for (const address of [`${users}?search=ANA`, `${users}/?search=ana@`, `${users}?app=demo&search=ana`]) {
      const { status, body } = await ask(address)
      assert.deepEqual(
        [status, body.result?.users?.map(({ nickname }: { nickname: string }) => nickname)],
        [200, ['ana']],
      )
    }
    const preflight = { method: 'OPTIONS', origin: 'http://localhost:3000', 'access-control-request-method': 'GET' }
    assert.match((await ask(`${users}?search=a`, preflight)).headers.get('access-control-allow-headers')!, /X-App-Id/)
    assert.match((await ask(users, preflight)).headers.get('access-control-allow-headers')!, /X-PinTalk-Access-Key/)
  })

  test('a browser’s whole day: in, talking, refreshed, out', async () => {
    await using folder = await temporaryFolder()
    await using server = await Serving.start({ folder: folder.path })
    const [ana, bo] = demoCommu.people
    const auth = `${server.url}/api/user/auth`
    const body = JSON.stringify({ id: ana.email, password: demoPassword })
    const login = await ask(`${auth}/signin`, { method: 'POST', body })
    const cookie = login.headers.get('set-cookie')!.split(';', 1)[0]!
    const authorization = `Bearer ${login.body.result.accessToken}`
    const towns = await ask(`${server.url}/api/communities`, { authorization })
    const [channel] = towns.body.result.communities[0].channels
    const chat = `${server.url}/api/channels/${channel._id}/chat`
    const said = await ask(chat, {
      method: 'POST',
      authorization,
      body: JSON.stringify({ type: 'TEXT', content: '안녕하세요' }),
    })
    assert.deepEqual([said.status, said.body.statusCode, said.body.result.id], [201, 200, 1])
    const hers = await ask(`${server.url}/api/channels/${channel._id}/unread-chat`, {
      authorization: await signIn(server.url, bo.email),
    })
    assert.deepEqual(hers.body.result, { unreadChatId: 1 })
    const refreshed = await ask(`${auth}/refresh`, { method: 'POST', cookie })
    assert.equal(refreshed.status, 201)
    const next = `Bearer ${refreshed.body.result.accessToken}`
    assert.equal((await ask(`${auth}/me`, { authorization: next })).body.result.status, 'ONLINE')
    const out = await ask(`${auth}/signout`, { method: 'POST', authorization: next })
    assert.equal(out.body.result.message, '로그아웃 성공!')
    const after = refreshed.headers.get('set-cookie')!.split(';', 1)[0]!
    assert.equal((await ask(`${auth}/refresh`, { method: 'POST', cookie: after })).status, 403)
    const nowhere = await ask(`${server.url}/api/channels`, { authorization })
    assert.deepEqual(nowhere.body, {
      statusCode: 404,
      message: 'There is nothing at this address.',
      error: 'Not Found',
    })
  })
})
