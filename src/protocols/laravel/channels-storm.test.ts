import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Redis } from 'ioredis'
import { RedisNode, until } from '../../../test/support/redis-node.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'
import type { App, AppId } from '../../core/model.ts'
import { channelNewsOf } from './broadcasts.ts'
import { Channels, type Seat } from './channels.ts'

const seoul: App = { id: 'seoul' as AppId, name: 'Seoul', origins: [] }
const users = ['ana', 'bo', 'cy', 'dee']
const presence = 'presence-x'
const steps = 400

let redis: RedisServer
before(async () => void (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())

/** One node's channels, and a client there who believes what is told. */
class House {
  readonly node: RedisNode
  readonly channels: Channels
  readonly seats: Seat[] = []
  /** The list that the client began with, and what it heard since. */
  readonly believed = new Set<string>()
  readonly wrong: string[] = []
  readonly occurred: string[] = []

  constructor(node: RedisNode) {
    this.node = node
    node.bus.listen((delivery) => {
      const news = channelNewsOf(delivery)?.news
      if (!news || !('userId' in news)) return
      const fits = news.type === 'member_added' ? !this.believed.has(news.userId) : this.believed.has(news.userId)
      if (!fits) this.wrong.push(`${news.type} ${news.userId}`)
      if (news.type === 'member_added') this.believed.add(news.userId)
      else this.believed.delete(news.userId)
    })
    this.channels = new Channels({
      apps: [seoul],
      bus: node.bus,
      nodes: node.nodes,
      maxPublicChannels: 2,
      maxMembers: 100,
      onOccurrence: ({ type, channel, ...more }) =>
        void this.occurred.push(`${type} ${'userId' in more ? more.userId : channel}`),
      now: Date.now,
    })
  }

  get members(): string {
    return [...(this.channels.find(seoul.id, presence)?.members?.keys() ?? [])].toSorted().join()
  }

  get subscribers(): number {
    return this.channels.find(seoul.id, presence)?.subscribers ?? 0
  }
}

/** Small, and the same for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

for (const seed of [1, 2]) {
  test(`seed ${seed}: whatever Redis does, everyone comes to see who is there, and what is told fits`, async (t) => {
    const next = random(seed)
    const houses = (await RedisNode.several(redis, 3)).map((node) => new House(node))
    t.after(() => Promise.all(houses.map(({ node }) => node.close())))
    const admin = new Redis(redis.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
    t.after(() => admin.disconnect())
    admin.on('error', () => {})
    for (let step = 0; step < steps; step++) {
      const house = houses[next(houses.length)]!
      const user = users[next(users.length)]!
      if (next(2) === 0) house.seats.push(house.channels.enter(seoul, presence, { id: user, info: `"${user}"` }, '1.1'))
      else if (house.seats.length > 0) {
        const [seat] = house.seats.splice(next(house.seats.length), 1)
        if (seat) house.channels.leave(seat)
      }
      const fault = next(120)
      if (fault === 0) await admin.flushall()
      else if (fault === 1) await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      else if (fault === 2) await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      else if (fault === 3) {
        await redis.stop()
        await redis.start()
      } else if (fault < 30) await new Promise((resolve) => setTimeout(resolve, next(20)))
      if (next(20) === 0) for (const { channels } of houses) channels.sweep()
    }
    const there = new Set(houses.flatMap(({ seats }) => seats.map(({ userId }) => userId ?? '')))
    const all = [...there].toSorted().join()
    const count = houses.reduce((sum, { seats }) => sum + seats.length, 0)
    for (const { channels } of houses) channels.sweep()
    await until(`all see ${all}`, () =>
      houses.every(({ members, subscribers }) => members === all && subscribers === count),
    )
    for (const { wrong, believed } of houses) {
      assert.deepEqual(wrong, [])
      assert.equal([...believed].toSorted().join(), all)
    }
    const [killed] = houses.splice(next(3), 1)
    killed!.node.die()
    const left = [...new Set(houses.flatMap(({ seats }) => seats.map(({ userId }) => userId ?? '')))].toSorted().join()
    await until(`the others see ${left}`, () => houses.every(({ members }) => members === left))
    for (const house of houses) for (const seat of house.seats.splice(0)) house.channels.leave(seat)
    await until('it is gone', () => houses.every(({ channels }) => channels.find(seoul.id, presence) === null))
    for (const { wrong, believed, occurred } of houses) {
      assert.deepEqual(wrong, [])
      assert.equal(believed.size, 0)
      const counts = (type: string): number => occurred.filter((one) => one.startsWith(type)).length
      assert.equal(counts('channel_occupied'), counts('channel_vacated'))
      assert.equal(counts('member_added'), counts('member_removed'))
    }
  })
}
