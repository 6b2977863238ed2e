import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Delivery } from '../../../core/event.ts'
import type { UserId } from '../../../core/model.ts'
import { GitpleliveRest } from '../../../../test/support/gitplelive-rest.ts'
import { People } from '../people.ts'
import { Prepared } from './prepared.ts'

let rest: GitpleliveRest
let people: People
let prepared: Prepared
let told: (Delivery & { readonly isKnown: boolean })[]
beforeEach(async () => {
  rest = await GitpleliveRest.open()
  await rest.users('ana', 'bo')
  await rest.channel('channel_1', 'ana', 'bo')
  // Nobody is known here yet, as on a node that has just started.
  people = new People({ ...rest.shared, users: rest.store.users })
  prepared = new Prepared({ ...rest.shared, people })
  told = []
  prepared.listen((delivery) => {
    const userId = (delivery.event as { message?: { sender: { id: UserId } } }).message?.sender.id
    told.push({ ...delivery, isKnown: userId !== undefined && people.peek(userId) !== null })
  })
})
afterEach(() => rest[Symbol.asyncDispose]())

const seqs = (): unknown[] => told.map(({ event }) => (event as { seq?: number }).seq)

test('an event waits for the names of those in it, and those after it wait with it', async () => {
  const waits = people.load.bind(people)
  const gate = Promise.withResolvers<void>()
  people.load = async (...of) => (await gate.promise, waits(...of))
  await rest.say('channel_1', 'ana', '1')
  await rest.say('channel_1', 'bo', '2')
  await rest.channel('channel_2', 'ana', 'bo')
  assert.deepEqual(seqs(), [])
  gate.resolve()
  await new Promise(setImmediate)
  assert.deepEqual(seqs(), [1, 2])
  assert.ok(told.every(({ isKnown }) => isKnown))
  // Known now: told at once.
  await rest.say('channel_1', 'bo', '3')
  assert.deepEqual(seqs(), [1, 2, 3])
})

test('a store that fails delays and loses nothing', async () => {
  people.load = () => Promise.reject(new Error('no store'))
  await rest.say('channel_1', 'ana', '1')
  await new Promise(setImmediate)
  assert.deepEqual(seqs(), [1])
  assert.equal(rest.log.of('warn').length, 1)
})

test('it knows how far it has told, for some time', async () => {
  const room = await rest.shared.directory.room(rest.shared.apps[0]!.app.id, 'channel_1')
  assert.ok(room)
  await rest.say('channel_1', 'ana', '1')
  await new Promise(setImmediate)
  assert.equal(prepared.toldTo(room), 1)
  prepared.sweep()
  assert.equal(prepared.toldTo(room), 1)
  prepared.sweep()
  assert.equal(prepared.toldTo(room), 0)
})

test('other wires’ rooms are none of its business', async () => {
  const { bus, now } = rest.shared
  const { app } = rest.shared.apps[0]!
  const room = await rest.shared.directory.room(app.id, 'channel_1')
  const event = {
    type: 'typing',
    appId: app.id,
    roomId: room!.id,
    userId: 1 as UserId,
    at: now(),
    origin: null,
  } as const
  bus.publish({ event, room: { ...room!, kind: 'channel' } })
  bus.publish({ event, room: { ...room!, key: 'other:channel_1' } })
  await new Promise(setImmediate)
  assert.deepEqual(told, [])
})

test('a listener that throws keeps nobody else from hearing', async () => {
  let heard = 0
  prepared.listen(() => {
    throw new Error('a mistake')
  })
  prepared.listen(() => void heard++)
  await rest.say('channel_1', 'ana', '1')
  await new Promise(setImmediate)
  assert.equal(heard, 1)
  assert.equal(rest.log.of('error').length, 1)
})
