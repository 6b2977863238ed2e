import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { Redis } from 'ioredis'
import { quickTimes, RedisNode, until } from '../../../test/support/redis-node.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'
import { nodeTimes } from './node-times.ts'
import type { Roster } from '../../core/nodes.ts'

let redis: RedisServer
let ana: RedisNode
let bo: RedisNode
let roster: { ana: Roster; bo: Roster }
before(async () => (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())
beforeEach(async () => {
  ;[ana, bo] = (await RedisNode.several(redis, 2)) as [RedisNode, RedisNode]
  roster = { ana: ana.nodes.roster('r'), bo: bo.nodes.roster('r') }
})
afterEach(() => Promise.all([ana.close(), bo.close()]))

const seenByBo = (key: string): string | undefined => roster.bo.others(key).get(ana.id)
const client = (): Redis => ana.link.commands as Redis
const hashOfAna = (): string => `test:roster:r:${ana.id}`

/** Redis goes on from what it had a moment ago: a replica that lagged behind, or a copy on a disk. */
async function rewind(action: () => Promise<void>): Promise<void> {
  const copy = await client().dumpBuffer(hashOfAna())
  await action()
  assert.ok(copy)
  await client().restore(hashOfAna(), 60_000, copy, 'REPLACE')
}

/** As after each new connection to Redis. */
async function cutBo(): Promise<void> {
  const { gaps } = bo.link
  await client().client('KILL', 'TYPE', 'PUBSUB')
  await until('bo is back', () => bo.link.gaps > gaps && bo.link.state.connected && ana.link.state.connected)
}

test('a Redis that forgets the last changes doesn’t bring back who is gone, or lose who came', async () => {
  roster.ana.put('gone', '1')
  roster.ana.put('changed', '1')
  await until('bo sees', () => seenByBo('changed') === '1')
  await rewind(async () => {
    roster.ana.remove('gone')
    roster.ana.put('changed', '2')
    roster.ana.put('new', '1')
    await until('bo sees', () => seenByBo('new') === '1')
  })
  await cutBo()
  await until('bo sees what is so', () => {
    return seenByBo('gone') === undefined && seenByBo('changed') === '2' && seenByBo('new') === '1'
  })
  await using cy = new RedisNode(redis)
  const cys = cy.nodes.roster('r')
  await until('cy sees the same', () => [...cys.keysOfOthers()].sort().join() === 'changed,new')
})

test('a change to what Redis has forgotten doesn’t hide that it forgot', async () => {
  roster.ana.put('gone', '1')
  await until('bo sees', () => seenByBo('gone') === '1')
  await rewind(async () => {
    roster.ana.remove('gone')
    await until('bo sees', () => seenByBo('gone') === undefined)
  })
  roster.ana.put('new', '1')
  await until('bo sees', () => seenByBo('new') === '1')
  await cutBo()
  await until('it is gone from Redis too', () => seenByBo('gone') === undefined)
  assert.deepEqual(
    (await client().hkeys(hashOfAna())).filter((field) => field.startsWith('=')),
    ['=new'],
  )
})

test('what no node would write is not read', async () => {
  roster.ana.put('x', '1')
  await until('bo sees', () => seenByBo('x') === '1')
  await client().hset(hashOfAna(), `=${'k'.repeat(513)}`, '1', '=long', 'v'.repeat(8193), 'x', '2', '', '3')
  await client().hset(hashOfAna(), '=fair', '1')
  await cutBo()
  await until('bo reads', () => seenByBo('fair') === '1')
  assert.deepEqual([...roster.bo.keysOfOthers()].sort(), ['fair', 'x'])
})

test('half a character in a key is the same for those who hear it and those who read it', async () => {
  roster.ana.put('\ud83d', '1')
  await until('bo sees', () => seenByBo('\ud83d') === '1')
  await cutBo()
  roster.ana.put('next', '1')
  await until('bo sees', () => seenByBo('next') === '1')
  assert.equal(seenByBo('\ud83d'), '1')
  roster.ana.remove('\ud83d')
  roster.ana.remove('next')
  await until('they are gone', () => seenByBo('next') === undefined)
  assert.deepEqual([...roster.bo.keysOfOthers()], [])
})

test('a node that comes knows all that the others have before it says that it has caught up', async () => {
  for (let n = 0; n < 20_000; n++) roster.ana.put(`k${n}`, 'v')
  await until('bo sees all', () => seenByBo('k19999') === 'v')
  await using cy = new RedisNode(redis, { times: nodeTimes })
  const cys = cy.nodes.roster('r')
  assert.equal(cy.nodes.isCaughtUp, false)
  await until('it has caught up', () => cy.nodes.isCaughtUp)
  assert.equal([...cys.keysOfOthers()].length, 20_000)
})

test('what a node never writes is not waited for', async () => {
  await using cy = new RedisNode(redis)
  cy.nodes.roster('of a later version')
  const before = performance.now()
  await until('it has caught up', () => cy.nodes.isCaughtUp)
  assert.ok(performance.now() - before > quickTimes.ttlMs / 2)
})
