import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { it } from 'node:test'
import type { RoomId } from '../../src/core/model.ts'
import type { LogFollower, ReadEntry } from '../../src/core/room-log.ts'
import { LogNode } from '../support/log-ear.ts'
import { NetworkProxy } from '../support/network-proxy.ts'
import { RedisServer } from '../support/redis-server.ts'

const rooms = 6
const rounds = 3
const none = 'none'

/** Decides as a store does: upon the room as far as it was read. */
class Decider implements LogFollower {
  readonly node: LogNode
  readonly name: string
  readonly acknowledged: string[] = []
  /** Of each room, what follows upon what, as read since the last loss. */
  readonly chains = new Map<RoomId, string[]>()
  voids = 0
  losses = 0
  #made = 0

  constructor(url: string, name: string) {
    this.node = new LogNode(url, { nodeId: name })
    this.name = name
  }

  read(_partition: number, entries: readonly ReadEntry[]): void {
    for (const { uid, roomId, text } of entries) {
      const chain = this.chains.get(roomId) ?? []
      if (chain.includes(uid)) continue
      if (JSON.parse(text).before === (chain.at(-1) ?? none)) this.chains.set(roomId, [...chain, uid])
      else this.voids++
    }
  }

  settled(): void {}

  async lost(partition: number): Promise<void> {
    this.losses++
    // Nothing is settled: all is read anew.
    for (const roomId of this.chains.keys())
      if (this.node.log.partitionOf(roomId) === partition) this.chains.delete(roomId)
  }

  async goOn(until: () => boolean): Promise<void> {
    while (!until()) {
      const roomId = randomInt(rooms) as RoomId
      const before = this.chains.get(roomId)?.at(-1) ?? none
      const uid = `${this.name}-${this.#made++}`
      const entry = { uid, roomId, text: JSON.stringify({ before }) }
      const answer = await this.node.log.append(roomId, before, uid, [entry]).catch(() => null)
      if (answer?.end === uid) this.acknowledged.push(uid)
      await new Promise(setImmediate)
    }
  }
}

it('keeps one order and everything that it acknowledged, whatever happens to the way there', async () => {
  await using redis = await RedisServer.start({ keeps: true, options: ['--appendfsync', 'always'] })
  await using proxy = await NetworkProxy.to(redis.url)
  const urls = [redis.url, proxy.url.replace('http', 'redis'), redis.url]
  const deciders = urls.map((url, i) => new Decider(url, `n${i}`))
  await using nodes = new AsyncDisposableStack()
  for (const decider of deciders) {
    nodes.use(decider.node)
    await decider.node.log.follow(decider)
  }
  let isOver = false
  const going = Promise.all(deciders.map((decider) => decider.goOn(() => isOver)))
  const more = async (): Promise<void> => {
    const marks = deciders.map(({ acknowledged }) => acknowledged.length + 20)
    while (!deciders.every(({ acknowledged }, i) => acknowledged.length >= marks[i]!)) await new Promise(setImmediate)
  }
  for (let round = 0; round < rounds; round++) {
    await more()
    await redis.stop()
    await redis.start()
    await more()
    proxy.cut()
    await more()
    proxy.deafen()
    await deciders[0]?.goOn(() => randomInt(50) === 0)
    proxy.cut()
  }
  await more()
  isOver = true
  await going
  const acknowledged = deciders.flatMap((decider) => decider.acknowledged)
  for (const decider of deciders) {
    const read = (): Set<string> => new Set([...decider.chains.values()].flat())
    const isMissing = (): boolean => {
      const there = read()
      return acknowledged.some((uid) => !there.has(uid))
    }
    while (isMissing()) await new Promise(setImmediate)
    assert.equal(decider.voids, 0)
    assert.ok(decider.losses >= rounds * decider.node.log.partitions, 'each restart')
  }
  const [first, ...others] = deciders.map(({ chains }) => Object.fromEntries(chains))
  for (const other of others) assert.deepEqual(other, first)
})
