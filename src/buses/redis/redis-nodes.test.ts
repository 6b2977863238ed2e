import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { quickTimes, RedisNode, until } from '../../../test/support/redis-node.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'
import { ChatError } from '../../core/errors.ts'
import type { Roster } from '../../core/nodes.ts'

let redis: RedisServer
let ana: RedisNode
let bo: RedisNode
before(async () => (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())
beforeEach(async () => ([ana, bo] = (await RedisNode.several(redis, 2)) as [RedisNode, RedisNode]))
afterEach(() => Promise.all([ana.close(), bo.close()]))

const ids = (node: RedisNode): string[] => node.nodes.all.map(({ id }) => id)

/** The Redis forgets everything, and connections are lost. */
async function restartRedis(): Promise<void> {
  await redis.stop()
  await until('the loss is noticed', () => !ana.link.state.connected && !bo.link.state.connected)
  await redis.start()
  await until('they are back', () => ana.link.state.connected && bo.link.state.connected)
}

describe('who is there', () => {
  test('the same list everywhere, in the order of the ids', () => {
    assert.deepEqual(ids(ana), [ana.id, bo.id].sort())
    assert.deepEqual(ids(bo), ids(ana))
  })

  test('a card that changes is seen, and one that says good-bye is gone at once', async () => {
    const { url: _, ...rest } = bo.nodes.all.find(({ id }) => id === bo.id) ?? assert.fail()
    bo.nodes.introduce({ ...rest, url: 'http://10.0.0.7:80' })
    await until('it is seen', () => ana.nodes.all.some(({ url }) => url === 'http://10.0.0.7:80'))
    const before = performance.now()
    await bo.close()
    await until('it is gone', () => ana.nodes.all.length === 1)
    assert.ok(performance.now() - before < quickTimes.ttlMs, 'not only when its card expired')
    assert.deepEqual(await ana.link.commands.keys(`*${bo.id}*`), [], 'and took its keys with it')
  })

  test('one that dies is gone after a while, and not before', async () => {
    const before = performance.now()
    bo.die()
    await until('it is gone', () => ana.nodes.all.length === 1)
    assert.ok(performance.now() - before > quickTimes.graceMs)
    assert.deepEqual(await ana.link.commands.smembers('test:nodes'), [ana.id])
  })

  test('a Redis that was away, and comes back without anything, takes nobody away', async () => {
    const seen = new Set<number>()
    const watch = setInterval(() => seen.add(ana.nodes.all.length), 1)
    await restartRedis()
    await new Promise((resolve) => setTimeout(resolve, quickTimes.graceMs * 2))
    clearInterval(watch)
    assert.deepEqual([...seen], [2])
  })

  test('nonsense in the list of nodes is no node', async () => {
    const strange = '00000000-0000-0000-0000-00000000000'
    await ana.link.commands.sadd(
      'test:nodes',
      'x',
      '__proto__',
      '../../x',
      `${strange}1`,
      `${strange}2`,
      `${strange}3`,
      `${strange}4`,
    )
    await ana.link.commands.set(`test:node:${strange}1`, '{"id":')
    await ana.link.commands.set(`test:node:${strange}2`, JSON.stringify({ id: `${strange}2` }))
    await ana.link.commands.set(`test:node:${strange}3`, JSON.stringify({ ...ana.nodes.all[0] }))
    const card = { ...ana.nodes.all[0], id: `${strange}4`, url: 'file:///etc/passwd' }
    await ana.link.commands.set(`test:node:${strange}4`, JSON.stringify(card))
    await new Promise((resolve) => setTimeout(resolve, quickTimes.beatMs * 3))
    assert.equal(ana.nodes.all.length, 2)
  })
})

describe('leases', () => {
  test('one has it, and another gets it when it is given up', async () => {
    const [anas, bos] = [ana.nodes.lease('one'), bo.nodes.lease('one')]
    assert.equal(ana.nodes.lease('one'), anas)
    await until('one has it', () => anas.isHeld !== bos.isHeld)
    const [first, second] = anas.isHeld ? [anas, bos] : [bos, anas]
    first.release()
    assert.equal(first.isHeld, false)
    const before = performance.now()
    await until('the other has it', () => second.isHeld)
    assert.ok(performance.now() - before < quickTimes.beatMs)
    await new Promise((resolve) => setTimeout(resolve, quickTimes.leaseMs * 1.5))
    assert.deepEqual([first.isHeld, second.isHeld], [false, true])
  })

  test('two never have it: not when Redis hangs, not when the holder dies, not when it comes back', async () => {
    const leases = [ana.nodes.lease('x'), bo.nodes.lease('x')]
    await until('one has it', () => leases.some(({ isHeld }) => isHeld))
    let both = 0
    const watch = setInterval(() => (both += Number(leases.every(({ isHeld }) => isHeld))), 1)
    redis.pause()
    await until('nobody has it', () => leases.every(({ isHeld }) => !isHeld))
    redis.resume()
    await until('somebody has it', () => leases.some(({ isHeld }) => isHeld))
    const [holder, other] = leases[0]?.isHeld ? [ana, leases[1]] : [bo, leases[0]]
    holder.die()
    await until('the other has it', () => other?.isHeld === true)
    clearInterval(watch)
    assert.equal(both, 0)
  })

  test('a Redis that forgets who has it gives it to nobody else', async () => {
    const leases = [ana.nodes.lease('kept'), bo.nodes.lease('kept')]
    await until('one has it', () => leases.some(({ isHeld }) => isHeld))
    const [holder, other] = leases[0]?.isHeld ? leases : leases.toReversed()
    let taken = 0
    let both = 0
    const watch = setInterval(() => {
      taken += Number(other?.isHeld)
      both += Number(leases.every(({ isHeld }) => isHeld))
    }, 1)
    const before = performance.now()
    await restartRedis()
    const isQuick = performance.now() - before < quickTimes.leaseMs / 2
    await until('it is held', () => leases.some(({ isHeld }) => isHeld))
    await new Promise((resolve) => setTimeout(resolve, quickTimes.leaseMs))
    clearInterval(watch)
    assert.equal(both, 0)
    // Where the machine was too slow, somebody may have got it in time.
    if (isQuick) assert.deepEqual([holder?.isHeld, taken], [true, 0])
  })

  test('a process that was stopped has lost it when it goes on', async () => {
    const lease = ana.nodes.lease('stopped')
    await until('it is held', () => lease.isHeld)
    // As SIGSTOP: no timer fires, nothing is read.
    const until_ = performance.now() + quickTimes.leaseMs
    while (performance.now() < until_);
    assert.equal(lease.isHeld, false)
    await until('it is held again', () => lease.isHeld)
  })
})

describe('shelves', () => {
  test('hold what is put, for a time, and give it to one of those who take it', async () => {
    const [anas, bos] = [ana.nodes.shelf('s'), bo.nodes.shelf('s')]
    await anas.put('k', 'v', 5000)
    assert.equal(await bos.get('k'), 'v')
    assert.equal(await ana.nodes.shelf('t').get('k'), null)
    assert.deepEqual([await bos.add('k', 'w', 5000), await bos.add('l', 'w', 5000)], [false, true])
    const taken = await Promise.all([anas.take('k'), bos.take('k'), anas.take('k')])
    assert.deepEqual(
      taken.filter((value) => value !== null),
      ['v'],
    )
    await bos.remove('l')
    assert.equal(await anas.get('l'), null)
    await anas.put('brief', 'v', 0.5)
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(await anas.get('brief'), null)
    await assert.rejects(anas.get('k'.repeat(513)), { code: 'invalid' })
  })

  test('say so when they can’t be reached', async () => {
    const shelf = ana.nodes.shelf('s')
    redis.pause()
    await assert.rejects(shelf.get('k'), { name: 'ChatError', code: 'unavailable' })
    await assert.rejects(shelf.put('k', 'v', 1000), { code: 'unavailable' })
    redis.resume()
    await until('it is back', () => ana.link.state.connected && bo.link.state.connected)
  })
})

describe('words and questions', () => {
  test('words reach every other node, in order', async () => {
    await using cy = new RedisNode(redis)
    await until('three know each other', () => [ana, bo, cy].every(({ nodes }) => nodes.all.length === 3))
    const heard: string[] = []
    for (const [name, { nodes }] of Object.entries({ ana, bo, cy }))
      nodes.hear('t', (text, from) => heard.push(`${name} ${text} ${from === ana.id}`))
    for (let n = 0; n < 3; n++) ana.nodes.tell('t', String(n))
    ana.nodes.tell('unheard', 'x')
    await until('all hear', () => heard.length === 6)
    assert.deepEqual(
      heard.filter((line) => line.startsWith('bo')),
      ['bo 0 true', 'bo 1 true', 'bo 2 true'],
    )
    assert.deepEqual(
      heard.filter((line) => line.startsWith('cy')),
      ['cy 0 true', 'cy 1 true', 'cy 2 true'],
    )
  })

  test('a question is answered, or fails with the words of the failure', async () => {
    bo.nodes.answer('add', (text, from) => `${text} from ${from === ana.id ? 'ana' : '?'}`)
    bo.nodes.answer('refuse', () => {
      throw new ChatError('not_found', 'no such thing')
    })
    bo.nodes.answer('fail', async () => {
      throw new Error('broken')
    })
    bo.nodes.answer('flood', () => 'x'.repeat(2_000_000))
    assert.equal(await ana.nodes.ask(bo.id, 'add', '1'), '1 from ana')
    await assert.rejects(ana.nodes.ask(bo.id, 'refuse', ''), { name: 'ChatError', code: 'not_found' })
    await assert.rejects(ana.nodes.ask(bo.id, 'fail', ''), { name: 'Error', message: 'broken' })
    await assert.rejects(ana.nodes.ask(bo.id, 'flood', ''), /too long/)
    await assert.rejects(ana.nodes.ask(bo.id, 'nothing', ''), /nobody/)
    await assert.rejects(ana.nodes.ask('nobody', 'add', ''), /no node/)
    await assert.rejects(ana.nodes.ask(bo.id, 'add', 'x'.repeat(2_000_000)), /too long/)
  })

  test('a question to a node that goes, or says nothing, has an end; too many are refused', async () => {
    bo.nodes.answer('silence', () => new Promise(() => {}))
    const asked = Array.from({ length: 1001 }, () => ana.nodes.ask(bo.id, 'silence', ''))
    await assert.rejects(asked.pop() ?? assert.fail(), /too many/)
    await new Promise(setImmediate)
    const [gone] = await Promise.allSettled([Promise.all(asked), bo.close()])
    assert.match(String(gone.status === 'rejected' && gone.reason), /gone/)
    assert.deepEqual(new Set((await Promise.allSettled(asked)).map(({ status }) => status)), new Set(['rejected']))
  })
})

describe('rosters', () => {
  let roster: { ana: Roster; bo: Roster }
  let changes: string[]
  beforeEach(() => {
    roster = { ana: ana.nodes.roster('r'), bo: bo.nodes.roster('r') }
    changes = []
    roster.bo.onChange((key, node, value, before) => {
      assert.equal(node, ana.id)
      changes.push(`${key} ${before}→${value}`)
    })
  })
  const seenByBo = (key: string): string | undefined => roster.bo.others(key).get(ana.id)

  test('what one puts the others see: changes, removals, strange keys', async () => {
    roster.ana.put('__proto__', 'a')
    roster.ana.put('', 'b')
    roster.ana.put('x', '1')
    roster.ana.put('x', '2')
    roster.ana.put('y', '')
    await until('bo sees', () => seenByBo('y') === '')
    assert.deepEqual([seenByBo('__proto__'), seenByBo(''), seenByBo('x')], ['a', 'b', '2'])
    assert.deepEqual([...roster.bo.keysOfOthers()].sort(), ['', '__proto__', 'x', 'y'])
    assert.equal(roster.ana.others('x').size, 0)
    roster.ana.put('x', '3')
    roster.ana.remove('y')
    roster.ana.remove('y')
    roster.ana.remove('never')
    await until('bo sees', () => seenByBo('y') === undefined)
    assert.equal(seenByBo('x'), '3')
    assert.deepEqual(changes, ['__proto__ null→a', ' null→b', 'x null→2', 'y null→', 'x 2→3', 'y →null'])
  })

  test('a node that comes later sees what is there, and what a node had goes with it', async () => {
    roster.ana.put('x', '1')
    await until('bo sees', () => seenByBo('x') === '1')
    await using cy = new RedisNode(redis)
    const cys = cy.nodes.roster('r')
    await until('cy sees', () => cys.others('x').get(ana.id) === '1')
    await ana.close()
    await until('it is gone', () => cys.others('x').size === 0 && seenByBo('x') === undefined)
    assert.deepEqual(changes, ['x null→1', 'x 1→null'])
    assert.deepEqual([...cys.keysOfOthers()], [])
  })

  test('the entries of one that dies go', async () => {
    roster.ana.put('x', '1')
    await until('bo sees', () => seenByBo('x') === '1')
    ana.die()
    await until('they are gone', () => seenByBo('x') === undefined)
    assert.deepEqual(bo.nodes.all.length, 1)
  })

  test('a Redis that loses everything changes nothing but what changed', async () => {
    for (let n = 0; n < 1200; n++) roster.ana.put(`k${n}`, 'v')
    await until('bo sees all', () => changes.length === 1200)
    await redis.stop()
    await until('the loss is noticed', () => !ana.link.state.connected && !bo.link.state.connected)
    roster.ana.remove('k7')
    roster.ana.put('k8', 'w')
    roster.ana.put('new', 'v')
    await redis.start()
    await until('bo sees what changed', () => changes.length >= 1203)
    assert.deepEqual(changes.slice(1200).sort(), ['k7 v→null', 'k8 v→w', 'new null→v'])
    await using cy = new RedisNode(redis)
    const cys = cy.nodes.roster('r')
    await until('all is there for who comes', () => [...cys.keysOfOthers()].length === 1200)
  })

  test('changes that are missed are read', async () => {
    roster.ana.put('x', '1')
    await until('bo sees', () => seenByBo('x') === '1')
    // What ana says meanwhile, bo doesn't hear.
    const subscriber = bo.connections.subscriber()
    await until('a second one is there', () => subscriber.status === 'ready')
    const list = String(await ana.link.commands.client('LIST'))
    const own = list
      .split('\n')
      .filter((line) => / sub=2 /.test(line))
      .map((line) => /id=(\d+)/.exec(line)?.[1])
    for (const id of own) if (id) await ana.link.commands.client('KILL', 'ID', id)
    roster.ana.put('x', '2')
    roster.ana.put('y', '1')
    await until('bo sees', () => seenByBo('x') === '2' && seenByBo('y') === '1')
  })

  test('a hundred thousand entries come, change and go', async () => {
    const count = 100_000
    const before = performance.now()
    for (let n = 0; n < count; n++) roster.ana.put(`user:${n}`, 'connected')
    await until('bo sees all', () => changes.length >= count, 30_000)
    await using cy = new RedisNode(redis)
    const cys = cy.nodes.roster('r')
    let seen = 0
    cys.onChange(() => seen++)
    await until('cy reads all', () => seen >= count, 30_000)
    for (let n = 0; n < count; n += 2) roster.ana.remove(`user:${n}`)
    await until('half of them go', () => changes.length >= count * 1.5, 30_000)
    assert.equal([...roster.bo.keysOfOthers()].length, count / 2)
    assert.ok(performance.now() - before < 20_000)
  })
})
