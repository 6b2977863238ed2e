import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { RedisNode, until } from '../../../test/support/redis-node.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'

let redis: RedisServer
let ana: RedisNode
let bo: RedisNode
before(async () => (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())
beforeEach(async () => ([ana, bo] = (await RedisNode.several(redis, 2)) as [RedisNode, RedisNode]))
afterEach(() => Promise.all([ana.close(), bo.close()]))

test('what strangers publish is dropped and counted, and the nodes go on', async () => {
  const heard: string[] = []
  ana.nodes.hear('t', (text) => heard.push(text))
  const envelope = { v: 1, from: 'stranger', n: 1, at: Date.now(), said: [] as unknown[] }
  const payloads = [
    ['malformed', 'not JSON'],
    ['malformed', ''],
    ['malformed', Buffer.from([0xff, 0xfe, 0x00])],
    ['malformed', 'null'],
    ['malformed', '[]'],
    ['malformed', JSON.stringify({ ...envelope, v: 2 })],
    ['malformed', JSON.stringify({ ...envelope, n: null })],
    ['too_large', JSON.stringify({ ...envelope, said: [['tell', ['t', 'x'.repeat(5_000_000)]]] })],
    ['unknown', JSON.stringify({ ...envelope, said: [['invented', 1]] })],
    ['unknown', JSON.stringify({ ...envelope, said: [['__proto__', 1]] })],
    ['malformed', JSON.stringify({ ...envelope, said: [['tell', 7]] })],
    ['malformed', JSON.stringify({ ...envelope, said: [['signal', { event: {} }]] }).replace('{}', '7')],
    ['malformed', JSON.stringify({ ...envelope, said: [['ask', null]] })],
    ['malformed', JSON.stringify({ ...envelope, said: [['answer', { id: 'x' }]] })],
    ['unknown', JSON.stringify({ ...envelope, said: [['answer', { id: 1, text: '', code: null, message: null }]] })],
    ['malformed', JSON.stringify({ ...envelope, said: [['roster', { length: 2 }]] })],
    ['unknown', JSON.stringify({ ...envelope, said: [['roster', ['none', []]]] })],
  ] as const
  for (const [reason, payload] of payloads) {
    const dropped = ana.link.dropped[reason]
    await redis.publish('test:all', payload)
    await until(`dropped: ${String(payload).slice(0, 100)}`, () => ana.link.dropped[reason] > dropped)
  }
  await redis.publish(
    'test:all',
    JSON.stringify({
      ...envelope,
      n: 2,
      said: [
        ['bye', 0],
        ['here', 0],
        ['changed', 0],
        ['lease', {}],
      ],
    }),
  )
  bo.nodes.tell('t', 'still there')
  await until('ana hears bo', () => heard.length > 0)
  assert.deepEqual(heard, ['still there'])
  assert.equal(ana.nodes.all.length, 2)
  assert.equal(ana.link.dropped.failed, 0)
})

test('a good-bye in another’s name is a gap, and undone by the next word of that node', async () => {
  const seen = new Set<number>()
  const watch = setInterval(() => seen.add(ana.nodes.all.length), 1)
  const { gaps } = ana.link
  await redis.publish('test:all', JSON.stringify({ v: 1, from: bo.id, n: 1, at: 1, said: [['bye', 0]] }))
  await until('bo is gone', () => seen.has(1))
  await until('and back', () => ana.nodes.all.length === 2)
  clearInterval(watch)
  assert.ok(ana.link.gaps > gaps)
})

test('a listener that throws is logged, and the others hear', async () => {
  const heard: string[] = []
  ana.nodes.hear('bad', () => {
    throw new Error('a mistake of ours')
  })
  ana.nodes.hear('good', (text) => heard.push(text))
  bo.nodes.tell('bad', '')
  bo.nodes.tell('good', 'x')
  await until('the good one is heard', () => heard.length === 1)
  assert.equal(ana.link.dropped.failed, 1)
  assert.equal(ana.log.of('error').length, 1)
})

test('much that is said in one turn arrives in order, in several pieces', async () => {
  const heard: number[] = []
  ana.nodes.hear('t', (text) => heard.push(text.length))
  const lengths = Array.from({ length: 60 }, (_, index) => 40_000 + index)
  for (const length of lengths) bo.nodes.tell('t', 'x'.repeat(length))
  await until('all came', () => heard.length === lengths.length)
  assert.deepEqual(heard, lengths)
})
