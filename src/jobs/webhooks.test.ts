import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { loneNode } from '../../test/support/lone-node.ts'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import type { AppId } from '../core/model.ts'
import { SqliteStore } from '../stores/sqlite/sqlite-store.ts'
import { Webhooks, type WebhookCall, type WebhooksOptions } from './webhooks.ts'

const second = 1000
const [shop, blog] = ['shop' as AppId, 'blog' as AppId]
let at = 0
const now = (): number => at
let log: RecordedLog
let store: SqliteStore
let called: string[]
/** What the other server answers next; then 200. */
let answers: (number | Error | Promise<number>)[]
let webhooks: Webhooks

function open(more: Partial<WebhooksOptions> = {}): Webhooks {
  return new Webhooks({
    errands: store.errands,
    nodes: loneNode(),
    call: async ({ body }: WebhookCall) => {
      called.push(body)
      const answer = answers.shift() ?? 200
      if (answer instanceof Error) throw answer
      return answer
    },
    compose: {
      told: ({ id, appId, body }) => ({
        url: 'http://example.com',
        headers: {},
        body: `${appId} ${id} ${String(body['text'])}`,
        publicOnly: false,
      }),
      unwanted: () => null,
    },
    apps: [shop, blog],
    timeoutMs: second,
    maxAttempts: 4,
    maxWaiting: 3,
    now,
    log,
    ...more,
  })
}

beforeEach(() => {
  at = Date.UTC(2026, 0, 1)
  log = new RecordedLog()
  store = new SqliteStore({ path: ':memory:', log, now })
  called = []
  answers = []
  webhooks = open()
})
afterEach(() => store.close())

const waiting = async (appId: AppId): Promise<number> =>
  (await store.errands.due(`webhook ${appId}`, at + 1e9, 100)).length

test('it is called at once, once, and forgotten when the other side took it', async () => {
  assert.equal(await webhooks.add(shop, 'told', { text: 'a' }), true)
  await webhooks.deliver()
  await webhooks.deliver()
  assert.deepEqual(called, ['shop 1 a'])
  assert.equal(await waiting(shop), 0)
})

test('it is tried again after growing pauses, under the same id, and given up', async () => {
  answers = [500, new Error('refused'), 302, 404]
  await webhooks.add(shop, 'told', { text: 'a' })
  for (const pause of [second, 5 * second, 30 * second]) {
    await webhooks.deliver()
    at += pause - 1
    await webhooks.deliver()
    at += 1
  }
  await webhooks.deliver()
  assert.deepEqual(called, ['shop 1 a', 'shop 1 a', 'shop 1 a', 'shop 1 a'])
  assert.equal(await waiting(shop), 0)
  const [line] = log.of('warn')
  assert.equal(line?.message, 'a webhook was given up')
  assert.equal(line?.fields['reason'], 'answered 404')
})

test('what is left is brought by the next start', async () => {
  answers = [500]
  await webhooks.add(shop, 'told', { text: 'a' })
  await webhooks.deliver()
  await webhooks.stop()
  at += second
  await webhooks.deliver()
  assert.equal(called.length, 1, 'a stopped one calls nobody')
  await open().deliver()
  assert.deepEqual(called, ['shop 1 a', 'shop 1 a'])
})

test('an app that does not answer keeps no other waiting, and stopping waits for the call in hand', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  answers = [promise]
  await webhooks.add(shop, 'told', { text: 'stuck' })
  await webhooks.add(blog, 'told', { text: 'free' })
  while (called.length < 2) await new Promise(setImmediate)
  assert.deepEqual(called, ['shop 1 stuck', 'blog 2 free'])
  const stopped = webhooks.stop()
  resolve(200)
  await stopped
  assert.equal(await waiting(shop), 0)
})

test('what waits is bounded; what is dropped is told', async () => {
  answers = [500, 500, 500]
  for (const text of ['a', 'b', 'c']) assert.equal(await webhooks.add(shop, 'told', { text }), true)
  assert.equal(await webhooks.add(shop, 'told', { text: 'd' }), false)
  assert.equal(await webhooks.add(blog, 'told', { text: 'e' }), true, 'another app has room of its own')
  webhooks.sweep()
  assert.deepEqual(log.of('warn')[0]?.fields, { app: shop, dropped: 1 })
  await webhooks.deliver()
  at += second
  await webhooks.deliver()
  assert.equal(await webhooks.add(shop, 'told', { text: 'f' }), true)
  await webhooks.stop()
})

test('nobody is called for what nobody wants, or for what is no errand of ours', async () => {
  await webhooks.add(shop, 'unwanted', {})
  await webhooks.add(shop, 'constructor', {})
  await store.errands.add({ appId: shop, kind: 'webhook shop', roomId: null, body: {}, dueAt: at })
  assert.equal(await webhooks.add('elsewhere' as AppId, 'told', {}), false)
  await webhooks.deliver()
  assert.deepEqual(called, [])
  assert.equal(await waiting(shop), 0)
})
