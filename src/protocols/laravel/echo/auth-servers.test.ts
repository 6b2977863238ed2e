import assert from 'node:assert/strict'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { AppId } from '../../../core/model.ts'
import { RecordedLog } from '../../../../test/support/recorded-log.ts'
import type { LaravelApp } from '../settings.ts'
import { AuthServers, type AuthAnswer, type AuthServersOptions } from './auth-servers.ts'

/** Answers what the test says, when it says so. */
let server: Server
let asked: { channel: string; response: ServerResponse }[]
let onAsked: (() => void) | null
let now: number
let log: RecordedLog

before(async () => {
  server = createServer((message, response) => {
    let text = ''
    message.on('data', (chunk: Buffer) => (text += chunk.toString()))
    message.on('end', () => {
      const channel = new URLSearchParams(text).get('channel_name') ?? message.url ?? ''
      asked.push({ channel, response })
      onAsked?.()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
after(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = []
  onAsked = null
  now = 1_000_000
  log = new RecordedLog()
})

function laravelApp(name: string, authEndpoint: string | null): LaravelApp {
  return { app: { id: name as AppId, name, origins: [] }, settings: { authEndpoint } as LaravelApp['settings'] }
}

function open(options: Partial<AuthServersOptions> = {}) {
  const { port } = server.address() as AddressInfo
  const servers = new AuthServers({
    timeoutMs: 5000,
    maxAtOnce: 2,
    maxWaiting: 2,
    maxAnswerBytes: 100,
    log,
    now: () => now,
    ...options,
  })
  const shop = laravelApp('shop', `http://127.0.0.1:${port}/auth`)
  const ask = (channel: string, app = shop, wanted = () => true): Promise<AuthAnswer> =>
    servers.ask(app, { channel, socketId: '1.2', headers: {}, wanted })
  return { servers, shop, ask, port }
}

/** Resolves when so many questions have come. */
async function questions(count: number): Promise<readonly string[]> {
  while (asked.length < count) await new Promise<void>((resolve) => (onAsked = resolve))
  return asked.map(({ channel }) => channel)
}

function answer(index: number, status: number, body = 'true', headers: Record<string, string> = {}): void {
  asked[index]?.response.writeHead(status, headers).end(body)
}

const nobody = { status: 0, body: '' }

describe('what comes back', () => {
  test('the application’s answer', async () => {
    const { ask } = open()
    const [yes, no] = [ask('private-a'), ask('private-b')]
    await questions(2)
    answer(0, 200, '{"auth":true}')
    answer(1, 403, 'no')
    assert.deepEqual(await yes, { status: 200, body: '{"auth":true}' })
    assert.deepEqual(await no, { status: 403, body: 'no' })
  })

  test('a redirect is an answer, and leads nowhere', async () => {
    const { ask, port } = open()
    const refused = ask('private-a')
    await questions(1)
    answer(0, 302, '', { Location: `http://127.0.0.1:${port}/login` })
    assert.equal((await refused).status, 302)
    assert.equal(asked.length, 1)
  })

  test('nobody: what is too long, too late, cut off, or not there at all', async () => {
    const { ask } = open({ timeoutMs: 100 })
    const long = ask('private-long')
    await questions(1)
    answer(0, 200, 'x'.repeat(101))
    assert.deepEqual(await long, nobody)
    const cut = ask('private-cut')
    await questions(2)
    asked[1]?.response.socket?.destroy()
    assert.deepEqual(await cut, nobody)
    assert.deepEqual(await ask('private-late'), nobody)
    assert.deepEqual(await ask('private-a', laravelApp('gone', 'http://127.0.0.1:9/')), nobody)
    assert.deepEqual(await ask('private-a', laravelApp('unset', null)), nobody)
    assert.deepEqual(log.of('error'), [])
  })
})

describe('many at once', () => {
  test('so many are asked, so many wait, and the rest is refused at once', async () => {
    const { servers, ask } = open()
    const answers = ['a', 'b', 'c', 'd', 'e'].map((channel) => ask(channel))
    assert.deepEqual(await answers[4], nobody)
    assert.deepEqual(await questions(2), ['a', 'b'])
    assert.equal(servers.waiting, 2)
    answer(0, 200)
    assert.deepEqual(await questions(3), ['a', 'b', 'c'], 'in turn')
    for (const index of [1, 2]) answer(index, 200)
    await questions(4)
    answer(3, 403)
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    assert.deepEqual(statuses, [200, 200, 200, 403, 0])
    assert.equal(servers.waiting, 0)
  })

  test('who has gone meanwhile is not asked about', async () => {
    const { ask } = open({ maxAtOnce: 1 })
    let there = true
    const first = ask('a')
    const gone = ask('b', undefined, () => there)
    const last = ask('c')
    await questions(1)
    there = false
    answer(0, 200)
    assert.deepEqual(await questions(2), ['a', 'c'])
    answer(1, 200)
    assert.deepEqual([(await first).status, await gone, (await last).status], [200, nobody, 200])
  })

  test('one application that hangs keeps no other one waiting', async () => {
    const { ask, shop } = open({ maxAtOnce: 1 })
    const hanging = laravelApp('hanging', shop.settings.authEndpoint)
    const stuck = [ask('x', hanging), ask('y', hanging)]
    await questions(1)
    const quick = ask('a')
    await questions(2)
    answer(1, 200)
    assert.equal((await quick).status, 200)
    answer(0, 500)
    await questions(3)
    answer(2, 500)
    await Promise.all(stuck)
  })

  test('who has waited a minute is answered by nobody; the log says so once a minute', async () => {
    const { servers, ask } = open({ maxAtOnce: 1 })
    const first = ask('a')
    const second = ask('b')
    await questions(1)
    now += 59_999
    const third = ask('c')
    servers.sweep(now)
    assert.equal(servers.waiting, 2)
    now += 1
    servers.sweep(now)
    assert.deepEqual(await second, nobody)
    assert.equal(servers.waiting, 1)
    servers.sweep(now + 1)
    assert.equal(log.of('warn').length, 1)
    answer(0, 200)
    await questions(2)
    answer(1, 200)
    assert.deepEqual([(await first).status, (await third).status], [200, 200])
  })
})
