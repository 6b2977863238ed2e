import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { RedisNode, until } from '../../../../test/support/redis-node.ts'
import { RedisServer } from '../../../../test/support/redis-server.ts'
import type { App, AppId } from '../../../core/model.ts'
import { Channels, type Occurrence } from '../channels.ts'
import type { LaravelApp } from '../settings.ts'
import type { Notice } from './webhook-events.ts'
import { PusherWebhooks } from './webhooks.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const app: App = { id: 'seoul' as AppId, name: 'Seoul', origins: [] }
const events = ['channel_occupied', 'channel_vacated', 'member_added', 'member_removed', 'client_event']
const seoul = { app, settings: { webhooks: [{ url: 'http://a', events }] } } as unknown as LaravelApp
const lingerMs = 3000
const acquaintedMs = 3000
const givesWayMs = 10_000
let now = 1_700_000_000_000

let redis: RedisServer
before(async () => void (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())

/** It has been there longest. */
function isOldest(node: RedisNode): void {
  node.nodes.introduce({ ...node.nodes.all.find(({ id }) => id === node.id)!, startedAt: 0 })
}

/** One node's webhooks, and what it kept to be told. */
function house(node: RedisNode) {
  const told: string[] = []
  const add = async (_appId: AppId, { text }: { readonly text?: unknown }): Promise<boolean> => {
    const { events: notices } = JSON.parse(String(text)) as { events: Notice[] }
    return told.push(...notices.map(({ name, channel }) => `${name} ${channel}`)) > 0
  }
  return {
    node,
    told,
    webhooks: new PusherWebhooks({ apps: [seoul], nodes: node.nodes, isAlone: false, add, log: quiet, now: () => now }),
  }
}

async function twoHouses() {
  const nodes = await RedisNode.several(redis, 2)
  const both = [house(nodes[0]!), house(nodes[1]!)] as const
  now += acquaintedMs
  both[0].webhooks.sweep(now)
  const lease = nodes[0]!.nodes.lease('pusher-webhooks')
  await until('the first tells', () => lease.isHeld)
  both[1].webhooks.sweep(now)
  return both
}

const occupied = (channel: string): Occurrence => ({ type: 'channel_occupied', app, channel })
const vacated = (channel: string): Occurrence => ({ type: 'channel_vacated', app, channel })

test('what every node sees one tells, and what a client does its own', async () => {
  const [first, second] = await twoHouses()
  await using _first = first.node
  await using _second = second.node
  for (const { webhooks } of [first, second]) webhooks.happened(occupied('one'))
  second.webhooks.notify(seoul, {
    name: 'client_event',
    channel: 'private-one',
    event: 'client-a',
    data: '1',
    socket_id: '1.1',
  })
  for (const { webhooks } of [first, second]) webhooks.sweep(now)
  assert.deepEqual([first.told, second.told], [['channel_occupied one'], ['client_event private-one']])
})

test('who goes on one node and comes back on another within seconds was never away', async () => {
  const [first, second] = await twoHouses()
  await using _first = first.node
  await using _second = second.node
  for (const { webhooks } of [first, second]) {
    for (const what of [occupied('one'), vacated('one'), occupied('one')]) webhooks.happened(what)
    webhooks.sweep((now += lingerMs))
  }
  assert.deepEqual([first.told, second.told], [['channel_occupied one'], []])
})

test('when a node sweeps makes no difference to who was away', async () => {
  const [first, second] = await twoHouses()
  await using _second = second.node
  for (const { webhooks } of [first, second])
    for (const what of [occupied('one'), vacated('one')]) webhooks.happened(what)
  now += lingerMs
  first.webhooks.sweep(now)
  for (const { webhooks } of [first, second]) webhooks.happened(occupied('one'))
  await first.webhooks.close()
  await first.node.close()
  const lease = second.node.nodes.lease('pusher-webhooks')
  await until('the second tells', () => lease.isHeld)
  second.webhooks.happened(vacated('one'))
  second.webhooks.sweep((now += lingerMs))
  second.webhooks.sweep(now)
  assert.deepEqual(
    [...first.told, ...second.told],
    ['channel_occupied one', 'channel_vacated one', 'channel_occupied one', 'channel_vacated one'],
  )
})

test('when all leave, the last tells who went', async () => {
  const [first, second] = await twoHouses()
  await using _first = first.node
  await using _second = second.node
  for (const { webhooks } of [first, second]) webhooks.happened(occupied('one'))
  for (const { webhooks } of [first, second]) webhooks.leave()
  const staying = [first, second].map(({ node }) => node.nodes.roster('pusher-webhooks'))
  await until('nobody stays', () => staying.every((roster) => roster.others('stays').size === 0))
  await first.webhooks.close()
  second.webhooks.happened(vacated('one'))
  await second.webhooks.close()
  assert.deepEqual([first.told, second.told], [['channel_occupied one'], ['channel_vacated one']])
})

test('a node that leaves tells what it saw; who goes with it is told of by the others', async () => {
  const [first, second] = await twoHouses()
  await using _second = second.node
  for (const { webhooks } of [first, second]) {
    webhooks.happened(occupied('one'))
    webhooks.happened(occupied('two'))
    webhooks.happened(vacated('two'))
  }
  second.webhooks.happened(occupied('three'))
  const staying = first.node.nodes.roster('pusher-webhooks')
  await until('it is known that the second stays', () => staying.others('stays').size === 1)
  await first.webhooks.close()
  await first.node.close()
  const lease = second.node.nodes.lease('pusher-webhooks')
  await until('the second tells', () => lease.isHeld)
  second.webhooks.sweep((now += lingerMs))
  assert.deepEqual(first.told, ['channel_occupied one', 'channel_occupied two'])
  assert.deepEqual(second.told, ['channel_occupied three', 'channel_vacated two'])
})

test('of nodes that start together the oldest tells: the others take what comes there first for old', async () => {
  const nodes = await RedisNode.several(redis, 2)
  const [older, younger] = [house(nodes[0]!), house(nodes[1]!)]
  await using _older = older.node
  await using _younger = younger.node
  isOldest(older.node)
  await until('both know', () => nodes.every(({ nodes: { all } }) => all.some(({ startedAt }) => startedAt === 0)))
  const channels = [older, younger].map(({ node, webhooks }) => {
    const onOccurrence = (occurrence: Occurrence): void => webhooks.happened(occurrence)
    const limits = { maxPublicChannels: 9, maxMembers: 9 }
    return new Channels({ apps: [app], bus: node.bus, nodes: node.nodes, ...limits, onOccurrence, now: () => now })
  })
  channels[0]!.enter(app, 'one', null, '1.1')
  await until('the younger sees it', () => channels[1]!.find(app.id, 'one') !== null)
  now += acquaintedMs
  for (const { webhooks } of [younger, older]) webhooks.sweep(now)
  const lease = older.node.nodes.lease('pusher-webhooks')
  await until('the older tells', () => lease.isHeld)
  older.webhooks.sweep(now)
  assert.deepEqual([older.told, younger.told], [['channel_occupied one'], []])
})

test('a node that waited long enough tells, though there is an older one', async () => {
  const nodes = await RedisNode.several(redis, 2)
  await using older = nodes[0]!
  await using _younger = nodes[1]!
  isOldest(older)
  const younger = house(nodes[1]!)
  await until('it is known', () => nodes[1]!.nodes.all.some(({ startedAt }) => startedAt === 0))
  younger.webhooks.happened(occupied('one'))
  for (const waitedMs of [acquaintedMs, givesWayMs]) {
    assert.deepEqual(younger.told, [])
    younger.webhooks.sweep((now += waitedMs))
  }
  const lease = nodes[1]!.nodes.lease('pusher-webhooks')
  await until('it tells', () => lease.isHeld)
  younger.webhooks.sweep(now)
  assert.deepEqual(younger.told, ['channel_occupied one'])
})
