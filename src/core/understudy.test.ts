import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { loneNode } from '../../test/support/lone-node.ts'
import { RedisNode, until } from '../../test/support/redis-node.ts'
import { RedisServer } from '../../test/support/redis-server.ts'
import type { Nodes } from './nodes.ts'
import { Understudy } from './understudy.ts'

let redis: RedisServer
before(async () => void (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())

let named = 0
const nextName = (): string => `play ${++named}`

/** What one of the nodes did. */
function player(nodes: Nodes, name: string, act?: (line: string) => Promise<void>) {
  const said: string[] = []
  const understudy = new Understudy<string>({
    nodes,
    name,
    act: (line) => {
      said.push(line)
      return act?.(line)
    },
    keyOf: (line) => line,
    bytesOf: (line) => line.length,
    now: () => now,
  })
  understudy.start()
  return { said, understudy, notice: (...lines: string[]) => lines.forEach((line) => understudy.notice(line)) }
}

let now = 1_700_000_000_000

/** Of two that are ready, who acts first. */
async function twoPlayers() {
  const [a, b] = await RedisNode.several(redis, 2)
  if (!a || !b) throw new Error('two were asked for')
  const name = nextName()
  const first = player(a.nodes, name)
  await until('the first acts', () => first.understudy.isActing)
  return { a, b, name, first, second: player(b.nodes, name) }
}

test('who serves alone acts at once, and remembers nothing', () => {
  const one = player(loneNode(), 'alone')
  one.notice('to be', 'or not', 'to be')
  assert.deepEqual(one.said, ['to be', 'or not', 'to be'])
})

test('of two one acts; at a hand-over the other goes on where it stopped', async () => {
  const { a, b, first, second } = await twoPlayers()
  await using _a = a
  await using _b = b
  first.notice('one', 'two', 'two')
  second.notice('one', 'two', 'two', 'three', 'two')
  await first.understudy.stop()
  await until('the second acts', () => second.understudy.isActing)
  second.notice('four')
  assert.deepEqual(
    [first.said, second.said],
    [
      ['one', 'two', 'two'],
      ['three', 'two', 'four'],
    ],
  )
  first.notice('four', 'five')
  first.understudy.start()
  await second.understudy.stop()
  await until('the first acts again', () => first.understudy.isActing)
  first.understudy.sweep(now)
  assert.deepEqual(first.said.slice(3), ['five'])
})

test('what is done elsewhere before it is noticed is done', async () => {
  const { a, b, first, second } = await twoPlayers()
  await using _a = a
  await using _b = b
  first.notice('one', 'two')
  await first.understudy.stop()
  await until('the second acts', () => second.understudy.isActing)
  second.notice('one', 'three', 'two', 'two')
  assert.deepEqual(second.said, ['three', 'two'])
})

test('what was done while one was not ready is not taken for what is alike and comes later', async () => {
  const { a, b, first, second } = await twoPlayers()
  await using _a = a
  await using _b = b
  await second.understudy.stop()
  const before = b.link.heard
  first.notice('tick', 'tick')
  await until('the second has heard', () => b.link.heard > before)
  second.understudy.start()
  await first.understudy.stop()
  await until('the second acts', () => second.understudy.isActing)
  second.notice('tick')
  assert.deepEqual(second.said, ['tick'])
})

test('when one dies, the other does what was not said to be done', async () => {
  const { a, b, first, second } = await twoPlayers()
  await using _b = b
  first.notice('one')
  second.notice('one', 'two')
  await until('the second has heard', () => b.link.heard > 0)
  a.die()
  await until('the second acts', () => second.understudy.isActing)
  second.understudy.sweep(now)
  assert.equal(second.said.at(-1), 'two')
})

test('who stops first ends what was begun, and says so', async () => {
  const [a, b] = await RedisNode.several(redis, 2)
  await using _a = a!
  await using _b = b!
  const name = nextName()
  const { promise: isDone, resolve: finish } = Promise.withResolvers<void>()
  const first = player(a!.nodes, name, () => isDone)
  await until('the first acts', () => first.understudy.isActing)
  const second = player(b!.nodes, name)
  first.notice('slow')
  second.notice('slow')
  const stopped = first.understudy.stop()
  setImmediate(finish)
  await stopped
  await until('the second acts', () => second.understudy.isActing)
  second.understudy.sweep(now)
  assert.deepEqual([first.said, second.said], [['slow'], []])
})

test('what is remembered is bounded, in time too', async () => {
  const { a, b, first, second } = await twoPlayers()
  await using _a = a
  await using _b = b
  second.notice('old')
  now += 20_000
  second.understudy.sweep(now)
  const large = 'x'.repeat(9 * 1024 * 1024)
  second.notice(large, `${large}y`)
  for (let i = 0; i < 10_001; i++) second.notice(`${i}`)
  await first.understudy.stop()
  await until('the second acts', () => second.understudy.isActing)
  second.understudy.sweep(now)
  assert.deepEqual([second.said.length, second.said[0], second.said.at(-1)], [10_000, '1', '10000'])
})

test('what is no list of what is done is passed over', async () => {
  const { a, b, name, second } = await twoPlayers()
  await using _a = a
  await using _b = b
  second.notice('one')
  for (const text of ['', 'null', '{}', '[1, null]', '["other"]']) a.nodes.tell(name, text)
  a.nodes.tell(name, '["one"]')
  await until('it is heard', () => b.link.heard > 5)
  a.nodes.lease(name).release()
  await until('the second acts', () => second.understudy.isActing)
  second.understudy.sweep(now)
  assert.deepEqual(second.said, [])
})
