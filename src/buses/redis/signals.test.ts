import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Delivery } from '../../core/event.ts'
import type { AppId, Room, RoomId, User, UserId } from '../../core/model.ts'
import { envelopeJson, readEnvelope, saidJson } from './envelope.ts'
import { parsedJson } from './shapes.ts'
import { readSignal, signalJson, type ToldSignal } from './signals.ts'

const appId = 'seoul' as AppId
const apps = new Set([appId, 'incheon' as AppId])
const userId = 3 as UserId
const roomId = 7 as RoomId
const room: Room = {
  id: roomId,
  appId,
  key: 'seven',
  kind: 'consultation',
  name: 'seven',
  parentId: null,
  open: false,
  state: 'active',
  frozen: false,
  ownerId: userId,
  assigneeId: null,
  lastAssigneeId: null,
  episode: { number: 1, firstId: 1, waitingSince: 5, assignedAt: null },
  episodes: 1,
  lastId: 1,
  lastSeq: 2,
  lastMessage: { id: 1, type: 'text', preview: '안녕', senderId: userId, at: 5 },
  closedAt: null,
  pinnedAt: null,
  meta: { nested: { deep: [1, null] } },
  createdAt: 1,
  updatedAt: 1,
}
const user: User = {
  id: userId,
  appId,
  role: 'agent',
  name: 'ana',
  blocked: false,
  meta: {},
  createdAt: 1,
  updatedAt: 2,
}
const told = { appId, at: 9, origin: null }
const inRoom = { ...told, roomId, origin: 'a line' }

/** One of each. */
const signals: { [Type in ToldSignal['type']]: Delivery } = {
  read_marked: { event: { ...inRoom, type: 'read_marked', userId, fromId: 1, toId: 4 }, room },
  delivered_marked: { event: { ...inRoom, type: 'delivered_marked', userId, toId: 4 }, room },
  typing: { event: { ...inRoom, type: 'typing', userId }, room },
  user_changed: { event: { ...told, type: 'user_changed', user }, room: null },
  user_removed: { event: { ...told, type: 'user_removed', userId }, room: null },
  room_removed: { event: { ...inRoom, type: 'room_removed', roomId }, room },
  notice: { event: { ...inRoom, type: 'notice', name: 'hello', text: '어서 오세요' }, room },
  broadcast: { event: { ...told, type: 'broadcast', channel: 'c', name: 'n', data: 'd', meta: { a: 1 } }, room: null },
}

const read = (json: string) => readSignal(parsedJson(json), apps)

for (const [type, delivery] of Object.entries(signals)) {
  test(`${type} arrives as it was`, () => assert.deepEqual(read(signalJson(delivery)), { ...delivery, foreign: true }))

  test(`${type} with any field missing or of another type is dropped`, () => {
    const broken: unknown[] = []
    const event = delivery.event as unknown as Record<string, unknown>
    for (const key of Object.keys(event)) {
      const { [key]: _, ...without } = event
      broken.push({ ...delivery, event: without })
      for (const wrong of [undefined, true, {}, [], -1, 0.5, 'x'.repeat(3), null]) {
        if (typeof wrong === typeof event[key] && typeof wrong === 'string') continue
        if (wrong === null && (event[key] === null || key === 'origin' || key === 'meta')) continue
        if (key === 'meta' && wrong !== null && typeof wrong === 'object' && !Array.isArray(wrong)) continue
        if (key === 'origin' && typeof wrong === 'string') continue
        broken.push({ ...delivery, event: { ...event, [key]: wrong } })
      }
    }
    if (delivery.room) {
      for (const key of Object.keys(room)) {
        const { [key]: _, ...without } = room as unknown as Record<string, unknown>
        broken.push({ ...delivery, room: without }, { ...delivery, room: { ...room, [key]: Symbol.iterator } })
      }
    }
    for (const one of broken) {
      const answer = readSignal(parsedJson(JSON.stringify(one)), apps)
      assert.equal(typeof answer, 'string', JSON.stringify(one))
    }
  })
}

test('nothing brings one app’s words to another', () => {
  const other = 'incheon' as AppId
  const strange = [
    { event: { ...signals.typing.event, appId: 'tokyo' }, room: { ...room, appId: 'tokyo' } },
    { event: { ...signals.typing.event, appId: other }, room },
    { event: signals.typing.event, room: { ...room, appId: other } },
    { event: signals.typing.event, room: { ...room, id: 8 } },
    { event: signals.user_changed.event, room },
    { event: { ...signals.user_changed.event, appId: other }, room: null },
  ]
  for (const one of strange) assert.equal(typeof read(JSON.stringify(one)), 'string', JSON.stringify(one))
})

test('what is no signal for others is dropped: events of rooms, presence, types of later versions', () => {
  for (const type of ['message_posted', 'presence_changed', 'invented', '__proto__', 'constructor', 7, null]) {
    assert.equal(read(JSON.stringify({ ...signals.typing, event: { ...signals.typing.event, type } })), 'unknown')
  }
})

test('fields that a later version adds are harmless', () => {
  const more = { ...signals.typing, event: { ...signals.typing.event, mood: 'happy' }, room: { ...room, color: 'red' } }
  assert.equal(typeof read(JSON.stringify({ ...more, extra: 1 })), 'object')
})

test('keys that lead to a prototype are gone, however they are written', () => {
  const json = signalJson(signals.broadcast)
  for (const key of [
    '__proto__',
    '\\u005f_proto__',
    '_\\u005Fproto__',
    '__pr\\u006fto__',
    '\\u005F\\u005Fproto\\u005F\\u005F',
  ]) {
    const bad = read(
      json.replace('"meta":{', `"meta":{"${key}":{"polluted":true},`).replace('{"event"', `{"${key}":1,"event"`),
    )
    assert.ok(typeof bad === 'object' && bad.event.type === 'broadcast')
    assert.deepEqual(Object.keys(bad.event.meta ?? {}), ['a'])
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
    assert.equal((Object.assign({}, bad.event.meta) as { polluted?: boolean }).polluted, undefined)
  }
})

test('no bytes make the readers throw', () => {
  const good = envelopeJson({ from: 'ana', n: 1, at: 2 }, [saidJson('signal', signalJson(signals.typing))])
  assert.deepEqual(readEnvelope(Buffer.from(good))?.said.length, 1)
  const look = (bytes: Uint8Array): void => {
    for (const [, body] of readEnvelope(bytes)?.said ?? []) {
      const delivery = readSignal(body, apps)
      if (typeof delivery === 'object') assert.ok(apps.has(delivery.event.appId))
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), look))
  fc.assert(fc.property(fc.json(), (json) => look(Buffer.from(json))))
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (event, its) => {
      readSignal({ event, room: its }, apps)
      readSignal(event, apps)
    }),
  )
  // Good ones with a piece replaced.
  fc.assert(
    fc.property(fc.nat(good.length), fc.nat(20), fc.string({ maxLength: 10 }), (at, length, piece) =>
      look(Buffer.from(good.slice(0, at) + piece + good.slice(at + length))),
    ),
    { numRuns: 1000 },
  )
})

test('an envelope of another version, or without its numbers, is none', () => {
  const good = { v: 1, from: 'ana', n: 1, at: 2, said: [['t', 1]] }
  assert.deepEqual(readEnvelope(Buffer.from(JSON.stringify(good))), good)
  assert.notEqual(readEnvelope(Buffer.from(JSON.stringify({ ...good, n: null }))), undefined)
  const bad = [{ v: 2 }, { v: undefined }, { from: 7 }, { from: 'x'.repeat(41) }, { n: -1 }, { n: '1' }, { at: null }]
  const worse = [{ said: null }, { said: {} }, { said: [['t']] }, { said: [[1, 2]] }, { said: ['t'] }]
  for (const change of [...bad, ...worse]) {
    assert.equal(readEnvelope(Buffer.from(JSON.stringify({ ...good, ...change }))), undefined, JSON.stringify(change))
  }
})
