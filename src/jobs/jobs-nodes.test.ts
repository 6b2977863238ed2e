import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import { RedisNode, until } from '../../test/support/redis-node.ts'
import { RedisServer } from '../../test/support/redis-server.ts'
import type { AppId } from '../core/model.ts'
import { SqliteStore } from '../stores/sqlite/sqlite-store.ts'
import { Postman } from './postman.ts'
import { Webhooks } from './webhooks.ts'

const seoul = 'seoul' as AppId
const at = Date.UTC(2026, 0, 1)
const log = new RecordedLog()

let redis: RedisServer
before(async () => void (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())

/** What two nodes have in common, as if it were a database. */
function commonStore(): SqliteStore {
  return new SqliteStore({ path: ':memory:', log, now: () => at })
}

/** One node's webhooks, and the calls that it makes. Only the first of several makes them. */
async function houses(store: SqliteStore, { answer = Promise.resolve(200), maxWaiting = 10 } = {}) {
  const nodes = await RedisNode.several(redis, 2)
  const opened: { node: RedisNode; called: string[]; webhooks: Webhooks }[] = []
  for (const node of nodes) {
    const called: string[] = []
    const webhooks = new Webhooks({
      errands: store.errands,
      nodes: node.nodes,
      call: ({ body }) => {
        called.push(body)
        return answer
      },
      compose: {
        told: ({ body }) => ({ url: 'http://a', headers: {}, body: String(body['text']), publicOnly: false }),
      },
      apps: [seoul],
      timeoutMs: 1000,
      maxAttempts: 2,
      maxWaiting,
      now: () => at,
      log,
    })
    opened.push({ node, called, webhooks })
    const lease = node.nodes.lease('webhooks')
    if (opened.length === 1) await until('the first makes the calls', () => lease.isHeld)
  }
  return opened as [(typeof opened)[0], (typeof opened)[0]]
}

test('one node makes the calls, whichever it came to, and at once', async () => {
  const store = commonStore()
  const [first, second] = await houses(store)
  await using _first = first.node
  await using _second = second.node
  assert.ok(await second.webhooks.add(seoul, 'told', { text: 'a' }))
  await until('it is told', () => first.called.length === 1)
  assert.ok(await first.webhooks.add(seoul, 'told', { text: 'b' }))
  second.webhooks.sweep()
  await until('both are', () => first.called.length === 2)
  await until('nothing waits', () => first.webhooks.waiting + second.webhooks.waiting === 0)
  assert.deepEqual([first.called, second.called], [['a', 'b'], []])
  await store.close()
})

test('when that one stops, another goes on, after what is under way', async () => {
  const store = commonStore()
  const { promise: answer, resolve: answers } = Promise.withResolvers<number>()
  const [first, second] = await houses(store, { answer })
  await using _second = second.node
  await first.webhooks.add(seoul, 'told', { text: 'a' })
  await until('it is being told', () => first.called.length === 1)
  const stopped = first.webhooks.stop()
  await second.webhooks.add(seoul, 'told', { text: 'b' })
  second.webhooks.sweep()
  assert.deepEqual(second.called, [], 'not before the call in hand has ended')
  answers(200)
  await stopped
  await until('the second may', () => second.node.nodes.lease('webhooks').isHeld)
  await second.webhooks.deliver()
  assert.deepEqual(second.called, ['b'])
  await first.node.close()
  await store.close()
})

test('what waits is counted and bounded over all nodes', async () => {
  const store = commonStore()
  const [first, second] = await houses(store, { answer: new Promise(() => {}), maxWaiting: 3 })
  await using _first = first.node
  await using _second = second.node
  for (const text of ['a', 'b']) assert.ok(await second.webhooks.add(seoul, 'told', { text }))
  second.webhooks.sweep()
  const seen = first.node.nodes.roster('webhooks')
  await until('the other knows', () => [...seen.others(seoul).values()].join() === '2')
  assert.ok(await first.webhooks.add(seoul, 'told', { text: 'c' }))
  assert.equal(await first.webhooks.add(seoul, 'told', { text: 'd' }), false)
  second.node.nodes.tell('webhook-done', 'no JSON')
  first.node.nodes.tell('webhook-done', JSON.stringify([seoul, second.node.id]))
  await until('one is done', () => second.webhooks.waiting === 1)
  second.webhooks.sweep()
  await until('the other knows', () => [...seen.others(seoul).values()].join() === '1')
  assert.ok(await first.webhooks.add(seoul, 'told', { text: 'e' }))
  await store.close()
})

test('one node brings the mails', async () => {
  const store = commonStore()
  const nodes = await RedisNode.several(redis, 2)
  await using one = nodes[0]!
  await using other = nodes[1]!
  const lease = one.nodes.lease('mail')
  await until('it is the first’s', () => lease.isHeld)
  const sent: string[] = []
  const [first, second] = [one, other].map(
    ({ nodes: its }, index) =>
      new Postman({
        errands: store.errands,
        lease: its.lease('mail'),
        send: async ({ to }) => void sent.push(`${index} ${to}`),
        host: 'x',
        now: () => at,
        log,
      }),
  )
  const post = (to: string) => {
    const body = { to, template: 'verification', language: 'en', values: { code: '1' } }
    return store.errands.add({ appId: seoul, kind: 'mail', roomId: null, body, dueAt: at })
  }
  await post('a@example.com')
  await second!.deliver()
  await first!.deliver()
  await first!.stop()
  await post('b@example.com')
  await until('it is the second’s', () => other.nodes.lease('mail').isHeld)
  await second!.deliver()
  assert.deepEqual(sent, ['0 a@example.com', '1 b@example.com'])
  await store.close()
})
