import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { AppId } from '../src/core/model.ts'
import { demoPassword, demoPintalk } from '../src/demo.ts'
import { openStore } from './support/acme.ts'
import { assertSentence, runProgram, Serving, type ProgramOptions } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const day = 24 * 3600 * 1000

async function shop(folder: string): Promise<ProgramOptions> {
  const apps = [{ id: 'shop', pintalk: { jwtSecret: 'a long secret that signs the tokens' } }]
  await writeFile(join(folder, 'parlance.json'), JSON.stringify({ apps }), { mode: 0o600 })
  return { folder, env: { CONFIG: './parlance.json' } }
}

async function log(url: string, email: string, password: string): Promise<number> {
  return (await loggedIn(url, email, password)).status
}

function loggedIn(url: string, email: string, password: string): Promise<Response> {
  const body = JSON.stringify({ email, password })
  const headers = { 'Content-Type': 'application/json' }
  return fetch(`${url}/api/auth/login/`, { method: 'POST', headers, body })
}

describe('hosts', () => {
  test('the demo’s logs in, and its token opens its list', async () => {
    await using folder = await temporaryFolder()
    const options = { folder: folder.path }
    await using server = await Serving.start(options)
    assert.match(server.out, /host@demo\.test/)
    assert.match(server.out, /demo-access-key/)
    const login = ['--login', demoPintalk.email]
    const { code, out } = await runProgram(['token', '--app', 'demo', '--protocol', 'pintalk', ...login], options)
    assert.equal(code, 0)
    const headers = { Authorization: `Bearer ${out.trim()}` }
    assert.equal((await fetch(`${server.url}/api/chat/chatrooms/`, { headers })).status, 200)
    assert.equal(await log(server.url, demoPintalk.email, demoPassword), 200)
  })

  test('are added and get new passwords, beside a server that runs', async () => {
    await using folder = await temporaryFolder()
    const options = await shop(folder.path)
    await using server = await Serving.start(options)
    const who = ['--app', 'shop', '--protocol', 'pintalk', '--login', 'mira@example.com']
    const add = ['user', 'add', ...who, '--name', 'Mira', '--domain', 'https://Shop.Example/']
    const added = await runProgram(add, options)
    assert.deepEqual([added.code, added.err], [0, ''])
    const made = /Password: (\S+)/.exec(added.out)?.[1] ?? ''
    assert.match(added.out, /X-PinTalk-Access-Key: [\w-]{22}\nX-PinTalk-Secret-Key: [0-9a-f]{64}\n/)
    const login = await loggedIn(server.url, 'mira@example.com', made)
    assert.equal(login.status, 200)
    assertSentence(await runProgram(add, options), /the login mira@example\.com is taken/)
    const input = 'a new password of hers\n'
    const changed = await runProgram(['user', 'password', ...who, '--password', '-'], { ...options, input })
    assert.equal(changed.code, 0)
    const headers = { Cookie: login.headers.get('set-cookie')!.split(';', 1)[0]! }
    const refreshed = await fetch(`${server.url}/api/auth/token/refresh/`, { method: 'POST', headers })
    assert.equal(refreshed.status, 401, 'who knew the old one is out')
    assert.equal(await log(server.url, 'mira@example.com', made), 401)
    assert.equal(await log(server.url, 'mira@example.com', 'a new password of hers'), 200)
  })

  test('what can’t be is refused', async () => {
    await using folder = await temporaryFolder()
    const options = await shop(folder.path)
    const who = ['--app', 'shop', '--protocol', 'pintalk', '--name', 'x']
    const wrong: [string[], RegExp][] = [
      [['--login', 'no address', '--domain', 'shop.example'], /--login takes an e-mail address/],
      [['--login', 'a@b.example, c@d.example', '--domain', 'shop.example'], /--login takes an e-mail address/],
      [['--login', 'a@b.example'], /--domain takes/],
      [['--login', 'a@b.example', '--domain', 'two words'], /--domain takes/],
      [['--login', 'a@b.example', '--domain', 'shop.example', '--role', 'manager'], /--role is for cstalk/],
    ]
    for (const [more, pattern] of wrong) {
      const ended = await runProgram(['user', 'add', ...who, ...more], options)
      assert.equal(ended.code, 2)
      assert.match(ended.err, pattern)
    }
    const nobody = ['token', '--app', 'shop', '--protocol', 'pintalk', '--login', 'a@b.example']
    assertSentence(await runProgram(nobody, options), /there is no login "a@b\.example"/)
  })
})

test('retention: looks beside a server, removes without one, once', async () => {
  await using folder = await temporaryFolder()
  const options = await shop(folder.path)
  {
    await using _ = await Serving.start(options)
  }
  const store = openStore(folder.path, () => Date.now() - 8 * day)
  const appId = 'shop' as AppId
  const draft = { appId, key: 'pintalk:x', kind: 'guest_chat', name: 'x', state: 'active', ownerId: null } as const
  const { room } = await store.rooms.ensure({ ...draft, members: [] })
  const said = { type: 'post', sender: null, messageType: 'text', detail: '', audience: 'all', meta: null } as const
  const by = { actorId: null, origin: null }
  await store.append(appId, room.id, () => [{ ...said, body: 'old words' }, { type: 'close' }], by).durable
  await store.close()

  const lasting = { ...options, env: { ...options.env, RETENTION_DAYS: '7' } }
  const dry = await runProgram(['retention', '--dry-run'], lasting)
  assert.deepEqual([dry.code, dry.err], [0, ''])
  assert.match(dry.out, /Would remove the messages of 1 room\.\n.*\nshop +1 /)
  {
    // One that keeps them longer, so that it leaves them to us.
    await using _ = await Serving.start({ ...options, env: { ...options.env, RETENTION_DAYS: '30' } })
    const beside = await runProgram(['retention'], lasting)
    assert.equal(beside.code, 1)
    assertSentence(beside, /a server is running/)
    assert.match((await runProgram(['retention', '--dry-run'], lasting)).out, /1 room\./)
  }
  assert.match((await runProgram(['retention'], lasting)).out, /^Removed the messages of 1 room /)
  assert.match((await runProgram(['retention'], lasting)).out, /^Removed the messages of 0 rooms /)
  const wrong = await runProgram(['retention', '--dry-run=yes'], lasting)
  assert.deepEqual([wrong.code, /--dry-run takes no value/.test(wrong.err)], [2, true])
})
