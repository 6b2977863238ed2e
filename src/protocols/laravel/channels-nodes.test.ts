import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { RedisNode, until } from '../../../test/support/redis-node.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'
import type { App, AppId } from '../../core/model.ts'
import { channelNewsOf } from './broadcasts.ts'
import { Channels, type OpenChannel, type Seat } from './channels.ts'
import { ConnectionCounts } from './connection-counts.ts'

// Those of the test's buses.
const seoul: App = { id: 'seoul' as AppId, name: 'Seoul', origins: [] }
const incheon: App = { id: 'incheon' as AppId, name: 'Incheon', origins: [] }
const presence = 'presence-x'

let redis: RedisServer
before(async () => void (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())

/** One node's channels, with what its listeners hear. */
class House {
  readonly node: RedisNode
  readonly channels: Channels
  readonly told: string[] = []
  readonly occurred: string[] = []
  #count = 0

  constructor(node: RedisNode) {
    this.node = node
    node.bus.listen((delivery) => {
      const told = channelNewsOf(delivery)
      if (told && 'userId' in told.news) this.told.push(`${told.news.type} ${told.news.userId}`)
    })
    this.channels = new Channels({
      apps: [seoul, incheon],
      bus: node.bus,
      nodes: node.nodes,
      maxPublicChannels: 2,
      maxMembers: 3,
      onOccurrence: ({ type, channel, ...more }) =>
        void this.occurred.push(`${type} ${'userId' in more ? more.userId : channel}`),
      now: Date.now,
    })
  }

  enter(id: string, info = `"${id}"`): Seat {
    return this.channels.enter(seoul, presence, { id, info }, `${++this.#count}.1`)
  }

  get channel(): OpenChannel | null {
    return this.channels.find(seoul.id, presence)
  }

  get members(): string[] {
    return [...(this.channel?.members?.keys() ?? [])].toSorted()
  }

  sees(...ids: readonly string[]): Promise<void> {
    return until(`${ids.join()} are seen`, () => this.members.join() === ids.join())
  }
}

let [a, b]: House[] = []
beforeEach(async () => {
  const nodes = await RedisNode.several(redis, 2)
  ;[a, b] = nodes.map((node) => new House(node))
})
afterEach(async () => {
  await a?.node.close()
  await b?.node.close()
})

function both(): readonly [House, House] {
  if (!a || !b) throw new Error('two were opened')
  return [a, b]
}

test('members see each other across nodes, and each node tells its own listeners once', async () => {
  const [one, other] = both()
  one.enter('ana')
  await other.sees('ana')
  other.enter('bo')
  await one.sees('ana', 'bo')
  for (const { told } of [one, other]) assert.deepEqual(told, ['member_added ana', 'member_added bo'])
  assert.equal(one.channel?.members?.get('bo')?.info, '"bo"')
  assert.equal(one.channels.find(incheon.id, presence), null)
})

test('a user who is on both comes with the first connection and goes with the last', async () => {
  const [one, other] = both()
  const first = one.enter('ana', '"first"')
  await other.sees('ana')
  const second = other.enter('ana', '"second"')
  assert.equal(other.channel?.members?.get('ana')?.info, '"first"')
  other.enter('fence')
  await one.sees('ana', 'fence')
  one.channels.leave(first)
  one.enter('second fence')
  await other.sees('ana', 'fence', 'second fence')
  other.channels.leave(second)
  await one.sees('fence', 'second fence')
  for (const { told } of [one, other]) {
    assert.deepEqual(
      told.filter((news) => news.endsWith('ana')),
      ['member_added ana', 'member_removed ana'],
    )
  }
})

test('a user who comes and goes on both at the same moment is neither doubled nor left behind', async () => {
  const [one, other] = both()
  for (let round = 0; round < 20; round++) {
    const seats = [one, other].map((house) => [house, house.enter('ana')] as const)
    if (round % 2) await until('both are counted', () => one.channel?.subscribers === 2)
    for (const [house, seat] of seats) house.channels.leave(seat)
    await until('it is empty', () => one.channel === null && other.channel === null)
    for (const { told } of [one, other]) {
      assert.equal(told.splice(0).length % 2, 0, 'each coming has its going')
    }
  }
})

test('connections are counted over all nodes', async () => {
  const [one, other] = both()
  const seats = ['1', '2', '3'].map((socketId) => other.channels.enter(seoul, 'one', null, socketId))
  await until('it is open', () => one.channels.find(seoul.id, 'one')?.subscribers === 1)
  other.channels.sweep()
  await until('all are counted', () => one.channels.find(seoul.id, 'one')?.subscribers === 3)
  one.channels.enter(seoul, 'one', null, '4')
  assert.equal(one.channels.find(seoul.id, 'one')?.subscribers, 4)
  for (const seat of seats) other.channels.leave(seat)
  await until('one is left', () => one.channels.find(seoul.id, 'one')?.subscribers === 1)
  await until('the other knows', () => other.channels.find(seoul.id, 'one')?.subscribers === 1)
})

test('limits are for all nodes together', async () => {
  const [one, other] = both()
  for (const name of ['one', 'two']) other.channels.enter(seoul, name, null, '1')
  for (const id of ['ana', 'bo', 'cy']) other.enter(id)
  await one.sees('ana', 'bo', 'cy')
  await until('the channels are there', () => [...one.channels.of(seoul.id)].length === 3)
  assert.throws(() => one.enter('dee'), { code: 'conflict' })
  assert.throws(() => one.channels.enter(seoul, 'three', null, '1'), { code: 'conflict' })
  one.enter('cy')
  one.channels.enter(incheon, 'three', null, '1')
})

test('the members of a node that died go, and every node sees what became of the channel', async () => {
  const [one, other] = both()
  const seat = one.enter('ana')
  other.enter('ana')
  other.enter('bo')
  await one.sees('ana', 'bo')
  other.node.die()
  await one.sees('ana')
  one.channels.leave(seat)
  assert.deepEqual(one.told, ['member_added ana', 'member_added bo', 'member_removed bo', 'member_removed ana'])
  assert.deepEqual(one.occurred, [
    `channel_occupied ${presence}`,
    'member_added ana',
    'member_added bo',
    'member_removed bo',
    'member_removed ana',
    `channel_vacated ${presence}`,
  ])
})

test('what a node says that is no JSON, of an app that is not there, or of nothing reaches nobody', async () => {
  const [one, other] = both()
  const roster = other.node.nodes.roster('echo-channels')
  roster.put(`seoul 10 ${presence}ana`, '"ana')
  roster.put(`seoul 10 ${presence}`, 'many')
  roster.put('nowhere 3 one', '1')
  roster.put('one', '1')
  other.enter('bo')
  await one.sees('bo')
  assert.deepEqual(one.told, ['member_added bo'])
})

test('an app’s connections are counted over all nodes', async () => {
  const [one, other] = both().map(({ node }) => new ConnectionCounts(node.nodes, 'connections'))
  other!.add(seoul.id)
  other!.add(seoul.id)
  one!.add(seoul.id)
  assert.equal(one!.of(seoul.id), 1)
  other!.sweep()
  await until('it is told', () => one!.of(seoul.id) === 3)
  other!.remove(seoul.id)
  other!.remove(seoul.id)
  other!.sweep()
  await until('it is told', () => one!.of(seoul.id) === 1)
  assert.equal(one!.of(incheon.id), 0)
})
