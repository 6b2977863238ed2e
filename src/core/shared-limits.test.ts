import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { RedisNode, until } from '../../test/support/redis-node.ts'
import { RedisServer } from '../../test/support/redis-server.ts'
import { RateLimit } from './limits.ts'
import { SharedLimits } from './shared-limits.ts'

/** A node with two limits: what may be sent, and what is typed wrong. */
class Gate {
  readonly node: RedisNode
  readonly shared: SharedLimits
  readonly words: RateLimit
  readonly failures: RateLimit
  heard = 0

  constructor(node: RedisNode) {
    this.node = node
    this.shared = new SharedLimits(node.nodes)
    this.words = new RateLimit({ perSecond: 20, burst: 60, now: () => now, maxKeys: 100_000 })
    this.failures = new RateLimit({ perSecond: 0.1, burst: 10, now: () => now })
    this.shared.add('words', this.words)
    this.shared.add('failures', this.failures)
    node.nodes.hear('swept', () => this.heard++)
  }

  sweep(): void {
    this.shared.sweep()
    this.words.sweep(now)
    this.failures.sweep(now)
    this.node.nodes.tell('swept', '')
  }
}

let now: number
let redis: RedisServer
let here: Gate
let there: Gate
before(async () => (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())
beforeEach(async () => {
  now = 1_000_000
  const [one, other] = (await RedisNode.several(redis, 2)) as [RedisNode, RedisNode]
  here = new Gate(one)
  there = new Gate(other)
})
afterEach(() => Promise.all([here.node.close(), there.node.close()]))

async function sweep(): Promise<void> {
  const [heardHere, heardThere] = [here.heard, there.heard]
  here.sweep()
  there.sweep()
  await until('both have heard', () => here.heard > heardHere && there.heard > heardThere)
}

const spend = (limit: RateLimit, key: string | number, times: number): number =>
  Array.from({ length: times }, () => limit.take(key)).filter(Boolean).length

test('a burst on one node is spent on the others a sweep later', async () => {
  assert.equal(spend(here.words, 7, 100), 60)
  await sweep()
  assert.equal(spend(there.words, 7, 100), 0)
  assert.equal(spend(there.words, '7', 100), 60, 'a number and its digits are two keys')
  now += 1000
  assert.equal(spend(there.words, 7, 100), 20)
})

test('in the long run one gets from all nodes what one node gives', async () => {
  let taken = 0
  for (let second = 0; second < 30; second++) {
    taken += spend(here.words, 'k', 20) + spend(there.words, 'k', 20)
    now += 1000
    await sweep()
  }
  assert.ok(taken <= 30 * 20 + 2 * 60 + 40, `${taken}`)
})

test('each node’s failures count on all, and those that were none don’t', async () => {
  spend(here.failures, '__proto__', 6)
  spend(there.failures, '__proto__', 6)
  for (let n = 0; n < 3; n++) there.failures.giveBack('__proto__')
  await sweep()
  assert.deepEqual([spend(here.failures, '__proto__', 9), spend(there.failures, '__proto__', 9)], [1, 1])
  spend(here.failures, 'late', 1)
  await sweep()
  here.failures.giveBack('late')
  await sweep()
  assert.equal(spend(there.failures, 'late', 20), 10)
})

test('who spent too much on many nodes waits for a burst at most', async () => {
  spend(here.words, 'k', 60)
  spend(there.words, 'k', 60)
  await sweep()
  assert.equal(spend(here.words, 'k', 1), 0)
  now += 3000
  assert.equal(spend(here.words, 'k', 1), 0)
  now += 1000
  assert.equal(spend(here.words, 'k', 60), 20)
})

test('who spends little is not worth a word; of very many the rest comes later', async () => {
  spend(here.words, 'little', 2)
  for (let n = 0; n < 7000; n++) spend(here.words, `key ${n}`, 3)
  await sweep()
  assert.equal(there.words.size, 5000)
  await sweep()
  assert.equal(there.words.size, 7000)
})

test('nonsense from others changes nothing', async () => {
  const good = '["words",[["good",60]]]'
  const bad = ['', '{', 'null', '7', '["words"]', '["words",7]', '["words",[["bad"]]]', '["words",[["bad","60"]]]']
  const worse = [
    '["words",[[null,60]]]',
    '["words",[["bad",1e999]]]',
    '["words",[["bad",0.5]]]',
    '["other",[["bad",60]]]',
  ]
  for (const text of [...bad, ...worse, good]) here.node.nodes.tell('limits', text)
  await sweep()
  assert.deepEqual([spend(there.words, 'bad', 60), spend(there.words, 'good', 60)], [60, 0])
  assert.equal(there.node.link.dropped.failed, 0)
  assert.throws(() => here.shared.add('words', here.words))
})
