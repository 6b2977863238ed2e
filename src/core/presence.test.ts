import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { ProcessBus } from '../buses/process-bus.ts'
import type { AppId, Room, RoomId, UserId } from './model.ts'
import { Presence } from './presence.ts'

const appId = '7' as AppId
const room = { id: 7 as RoomId, appId } as Room
const [ana, bo] = [1 as UserId, 2 as UserId]
let now: number
let presence: Presence
let heard: string[]

beforeEach(() => {
  now = 1000
  heard = []
  const bus = new ProcessBus({ error() {}, warn() {}, info() {}, debug() {} })
  presence = new Presence({ bus, now: () => now, debounceMs: 100 })
  bus.listen(({ event }) => {
    if (event.type === 'presence_changed')
      heard.push(`${event.roomId ?? 'app'} ${event.userId} ${event.online ? 'on' : 'off'}`)
  })
})

function pass(ms: number): void {
  now += ms
  presence.sweep(now)
}

test('two tabs are one presence until both are gone', () => {
  presence.enter(room, ana)
  presence.enter(room, ana)
  presence.leave(room.id, ana, false)
  assert.equal(presence.isOnline(room.id, ana), true)
  presence.leave(room.id, ana, false)
  assert.equal(presence.isOnline(room.id, ana), false)
  assert.deepEqual(heard, ['7 1 on', '7 1 off'])
})

test('a lost connection that comes back in time is not noticed', () => {
  presence.enter(room, ana)
  presence.leave(room.id, ana, true)
  pass(99)
  assert.equal(presence.isOnline(room.id, ana), true)
  presence.enter(room, ana)
  pass(1000)
  assert.deepEqual(heard, ['7 1 on'])
})

test('one that doesn’t is told once, when the time is over', () => {
  presence.enter(room, ana)
  presence.leave(room.id, ana, true)
  pass(99)
  assert.deepEqual(heard, ['7 1 on'])
  pass(1)
  pass(1000)
  assert.deepEqual(heard, ['7 1 on', '7 1 off'])
  assert.equal(presence.isOnline(room.id, ana), false)
})

test('leaving more often than coming harms nobody', () => {
  presence.leave(room.id, ana, true)
  presence.enter(room, ana)
  presence.leave(room.id, ana, true)
  presence.leave(room.id, ana, false)
  presence.enter(room, ana)
  pass(1000)
  assert.equal(presence.isOnline(room.id, ana), true)
  assert.deepEqual(heard, ['7 1 on'])
})

test('rooms, users and the app as such are apart, even where they have one name', () => {
  presence.enter(room, ana)
  presence.enter(appId, ana)
  presence.enter(room, bo)
  presence.leave(appId, ana, false)
  assert.equal(presence.isOnline(room.id, ana), true)
  assert.equal(presence.isOnline(appId, ana), false)
  assert.equal(presence.isOnline(room.id, bo), true)
  assert.equal(presence.isOnline(8 as RoomId, ana), false)
  assert.equal(presence.isOnline(room.id, null), false)
  assert.deepEqual(heard, ['7 1 on', 'app 1 on', '7 2 on', 'app 1 off'])
})
