import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { demoCommu, demoPassword } from '../src/demo.ts'
import { assertSentence, runProgram, Serving, type ProgramOptions } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

async function town(folder: string): Promise<ProgramOptions> {
  const apps = [{ id: 'town', commu: { jwtSecret: 'a long secret that signs the tokens' } }]
  await writeFile(join(folder, 'parlance.json'), JSON.stringify({ apps }), { mode: 0o600 })
  return { folder, env: { CONFIG: './parlance.json' } }
}

async function signIn(url: string, id: string, password: string): Promise<number> {
  return (await signedIn(url, id, password)).status
}

function signedIn(url: string, id: string, password: string): Promise<Response> {
  const body = JSON.stringify({ id, password })
  const headers = { 'Content-Type': 'application/json' }
  return fetch(`${url}/api/user/auth/signin`, { method: 'POST', headers, body })
}

test('the demo’s people log in, and find their community with its channel and its first words', async () => {
  await using folder = await temporaryFolder()
  const options = { folder: folder.path }
  // The second start finds what the first has made.
  for (let start = 0; start < 2; start++) {
    await using server = await Serving.start(options)
    assert.match(server.out, /ana@demo\.test, bo@demo\.test, cy@demo\.test/)
    for (const [index, { email }] of demoCommu.people.entries()) {
      assert.equal(await signIn(server.url, email, demoPassword), 201)
      const login = ['token', '--app', 'demo', '--protocol', 'commu', '--login', email]
      const { code, out } = await runProgram(login, options)
      assert.equal(code, 0)
      const headers = { Authorization: `Bearer ${out.trim()}` }
      const answer = await fetch(`${server.url}/api/communities`, { headers })
      const { result } = (await answer.json()) as {
        result: { communities: { name: string; channels: { _id: string; name: string; users: string[] }[] }[] }
      }
      assert.equal(result.communities.length, index < 2 ? 1 : 0)
      const channel = result.communities[0]?.channels[0]
      if (!channel) continue
      assert.deepEqual([result.communities[0]?.name, channel.name, channel.users.length], ['Demo', 'general', 2])
      const page = await fetch(`${server.url}/api/channels/${channel._id}/chat?prev=-1`, { headers })
      const { result: chats } = (await page.json()) as { result: { chat: { type: string; content: string }[] } }
      assert.equal(chats.chat.length, 1)
      assert.match(chats.chat[0]!.content, /^ana님이 이 채널을 \d{4}년 .+에 생성했습니다\.$/)
    }
  }
})

test('people are added and get new passwords, beside a server that runs', async () => {
  await using folder = await temporaryFolder()
  const options = await town(folder.path)
  await using server = await Serving.start(options)
  const who = ['--app', 'town', '--protocol', 'commu', '--login', 'Mira@example.com']
  const add = ['user', 'add', ...who, '--name', '미라']
  const added = await runProgram(add, options)
  assert.deepEqual([added.code, added.err], [0, ''])
  const made = /Password: (\S+)/.exec(added.out)?.[1] ?? ''
  const login = await signedIn(server.url, 'mira@example.com', made)
  assert.equal(login.status, 201)
  assertSentence(await runProgram(add, options), /the login Mira@example\.com is taken/)
  const input = 'a new password of hers\n'
  const changed = await runProgram(['user', 'password', ...who, '--password', '-'], { ...options, input })
  assert.equal(changed.code, 0)
  const headers = { Cookie: login.headers.get('set-cookie')!.split(';', 1)[0]! }
  const refreshed = await fetch(`${server.url}/api/user/auth/refresh`, { method: 'POST', headers })
  assert.equal(refreshed.status, 403, 'who knew the old one is out')
  assert.equal(await signIn(server.url, 'mira@example.com', made), 403)
  assert.equal(await signIn(server.url, 'mira@example.com', 'a new password of hers'), 201)
})

test('what can’t be is refused', async () => {
  await using folder = await temporaryFolder()
  const options = await town(folder.path)
  const who = ['user', 'add', '--app', 'town', '--protocol', 'commu']
  const wrong: [string[], RegExp][] = [
    [['--name', 'Mira', '--login', 'no address'], /--login takes an e-mail address/],
    [['--name', 'M', '--login', 'a@b.example'], /--name takes a nickname/],
    [['--name', 'Mirabelle', '--login', 'a@b.example'], /--name takes a nickname/],
    [['--name', 'Mira', '--login', 'a@b.example', '--role', 'manager'], /--role is for cstalk: commu has users/],
    [['--name', 'Mira', '--login', 'a@b.example', '--domain', 'x.example'], /--domain is for pintalk/],
  ]
  for (const [more, pattern] of wrong) {
    const ended = await runProgram([...who, ...more], options)
    assert.equal(ended.code, 2)
    assert.match(ended.err, pattern)
  }
})
