import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ProcessBus } from '../buses/process-bus.ts'
import type { Close } from './errors.ts'
import type { Delivery } from './event.ts'
import { channelTopic, Hub, userTopic, type Subscription } from './hub.ts'
import type { AppId, RoomId, UserId } from './model.ts'
import type { Encoding, Line } from './ports.ts'

const appId = 'app' as AppId
const room = (id: number): RoomId => id as RoomId

class FakeLine implements Line {
  readonly id: string
  readonly framing = { name: 'raw', frame: (text: string) => Buffer.from(text) }
  readonly address = '127.0.0.1'
  readonly origin = null
  readonly got: Uint8Array[] = []
  onPush: () => void = () => {}

  constructor(id: string) {
    this.id = id
  }

  push(bytes: Uint8Array): void {
    this.got.push(bytes)
    this.onPush()
  }

  close(_close: Close): void {}
}

class CountingEncoding implements Encoding {
  readonly key: string
  encoded = 0

  constructor(key: string) {
    this.key = key
  }

  encode({ event }: Delivery): Uint8Array | null {
    this.encoded++
    return event.type === 'typing' ? null : Buffer.from(`${this.key} ${event.type}`)
  }
}

function opened() {
  const logged: object[] = []
  const log = { error: (fields: object) => void logged.push(fields), warn() {}, info() {}, debug() {} }
  const bus = new ProcessBus(log)
  const hub = new Hub(bus, log)
  const say = (roomId: RoomId, type: 'notice' | 'typing' = 'notice') => {
    const told = { appId, roomId, at: 0, origin: null }
    bus.publish({
      event: type === 'notice' ? { ...told, type, name: '', text: '' } : { ...told, type, userId: 1 as UserId },
      room: null,
    })
  }
  return { hub, bus, say, logged }
}

const texts = (line: FakeLine): string[] => line.got.map(String)

test('equal keys are encoded once, and get the same bytes', () => {
  const { hub, say } = opened()
  const encodings = ['x', 'x', 'y'].map((key) => new CountingEncoding(key))
  const lines = encodings.map((encoding, n) => {
    const line = new FakeLine(`${n}`)
    hub.subscribe(room(1), encoding, line)
    return line
  })
  say(room(1))
  assert.deepEqual(
    encodings.map(({ encoded }) => encoded),
    [1, 0, 1],
  )
  assert.equal(lines[0]?.got[0], lines[1]?.got[0])
  assert.deepEqual(lines.map(texts), [['x notice'], ['x notice'], ['y notice']])
})

test('one hears the topics one listens to: rooms, the app, a user', () => {
  const { hub, bus, say } = opened()
  const [inRoom, inApp, ofUser] = [new FakeLine('a'), new FakeLine('b'), new FakeLine('c')]
  hub.subscribe(room(1), new CountingEncoding('r'), inRoom)
  hub.subscribe(appId, new CountingEncoding('a'), inApp)
  hub.subscribe(userTopic(1 as UserId), new CountingEncoding('u'), ofUser)
  say(room(1))
  say(room(2))
  bus.publish({
    event: { type: 'notice', appId: 'other' as AppId, roomId: room(3), name: '', text: '', at: 0, origin: null },
    room: null,
  })
  assert.deepEqual(
    [inRoom, inApp, ofUser].map((line) => line.got.length),
    [1, 2, 0],
  )
})

test('what has no bytes is pushed to nobody', () => {
  const { hub, say } = opened()
  const line = new FakeLine('a')
  hub.subscribe(room(1), new CountingEncoding('x'), line)
  say(room(1), 'typing')
  assert.deepEqual(line.got, [])
})

test('an encoder that throws is logged, and costs only its own listeners', () => {
  const { hub, say, logged } = opened()
  const [unlucky, lucky] = [new FakeLine('a'), new FakeLine('b')]
  const broken: Encoding = {
    key: 'broken',
    encode: () => {
      throw new Error('no')
    },
  }
  hub.subscribe(room(1), broken, unlucky)
  hub.subscribe(room(1), new CountingEncoding('x'), lucky)
  say(room(1))
  assert.deepEqual([unlucky.got.length, lucky.got.length, logged.length], [0, 1, 1])
})

test('whoever subscribes and leaves in any order, those who are there hear it once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 1 }), fc.nat({ max: 30 }), fc.boolean())),
      (steps) => {
        const { hub, say } = opened()
        const present: { subscription: Subscription; line: FakeLine; roomId: number }[] = []
        const gone: Subscription[] = []
        for (const [roomId, key, n, arrives] of steps) {
          if (arrives || present.length === 0) {
            const line = new FakeLine('l')
            present.push({
              subscription: hub.subscribe(room(roomId), new CountingEncoding(`${key}`), line),
              line,
              roomId,
            })
          } else {
            const [left] = present.splice(n % present.length, 1)
            if (left) gone.push(left.subscription)
            for (const subscription of gone) hub.unsubscribe(subscription)
          }
        }
        for (const roomId of [0, 1, 2]) {
          say(room(roomId))
          assert.equal(hub.listeners(room(roomId)), present.filter((one) => one.roomId === roomId).length)
        }
        for (const { line } of present) assert.equal(line.got.length, 1)
      },
    ),
  )
})

test('a line that leaves while it is pushed to costs nobody else the event', () => {
  const { hub, say } = opened()
  const lines = Array.from({ length: 6 }, (_, n) => new FakeLine(`${n}`))
  const subscriptions = lines.map((line) => hub.subscribe(room(1), new CountingEncoding('x'), line))
  const leave = (n: number) => hub.unsubscribe(subscriptions[n] ?? assert.fail())
  const [first, , third] = lines
  if (first) first.onPush = () => leave(0)
  if (third) {
    third.onPush = () => {
      leave(2)
      leave(1)
      leave(5)
    }
  }
  say(room(1))
  assert.deepEqual(
    lines.map(({ got }) => got.length),
    [1, 1, 1, 1, 1, 1],
  )
  assert.equal(hub.listeners(room(1)), 2)
  say(room(1))
  assert.deepEqual(
    lines.map(({ got }) => got.length),
    [1, 1, 1, 2, 2, 1],
  )
  leave(3)
  leave(4)
  assert.equal(hub.listeners(room(1)), 0)
})

test('what a line says when it leaves is heard by all after what made it leave', () => {
  const { hub, bus, say } = opened()
  const lines = [new FakeLine('a'), new FakeLine('b')]
  const subscriptions = lines.map((line) => hub.subscribe(room(1), new CountingEncoding('x'), line))
  const [slow, other] = lines
  if (slow) {
    slow.onPush = () => {
      hub.unsubscribe(subscriptions[0] ?? assert.fail())
      const event = {
        type: 'presence_changed',
        appId,
        roomId: room(1),
        userId: 1 as UserId,
        online: false,
        at: 0,
        origin: null,
      } as const
      bus.publish({ event, room: null })
    }
  }
  say(room(1))
  assert.deepEqual(other && texts(other), ['x notice', 'x presence_changed'])
})

test('a named channel is heard by its listeners in its app alone, and who is skipped hears nothing', () => {
  const { hub, bus } = opened()
  const encoding: Encoding = {
    key: 'k',
    encode: ({ event }) => Buffer.from(event.type),
    skips: ({ event }) => event.origin,
  }
  const [ana, bo, elsewhere] = [new FakeLine('ana'), new FakeLine('bo'), new FakeLine('elsewhere')]
  for (const line of [ana, bo]) hub.subscribe(channelTopic(appId, 'a:b'), encoding, line)
  hub.subscribe(channelTopic('other' as AppId, 'a:b'), encoding, elsewhere)
  hub.subscribe(channelTopic(appId, 'a'), encoding, elsewhere)
  const say = (from: string | null) =>
    bus.publish({
      event: { type: 'broadcast', appId, at: 0, channel: 'a:b', name: '', data: '', meta: null, origin: from },
      room: null,
    })
  say('ana')
  assert.deepEqual([ana.got.length, bo.got.length], [0, 1])
  say(null)
  say('gone')
  assert.deepEqual([ana.got.length, bo.got.length, elsewhere.got.length], [2, 3, 0])
})

test('says which rooms somebody on this node must hear of: lines, the app’s listeners, and who listens past it', () => {
  const { hub } = opened()
  const line = new FakeLine('a line')
  assert.equal(hub.hears(appId, room(1)), false)
  const inRoom = hub.subscribe(room(1), new CountingEncoding('r'), line)
  assert.equal(hub.hears(appId, room(1)), true)
  assert.equal(hub.hears(appId, room(2)), false)
  hub.unsubscribe(inRoom)
  assert.equal(hub.hears(appId, room(1)), false)
  hub.addAudience((roomId) => roomId === 3)
  assert.equal(hub.hears(appId, room(3)), true)
  assert.equal(hub.hears(appId, room(2)), false)
  hub.subscribe(appId, new CountingEncoding('a'), line)
  assert.equal(hub.hears(appId, room(2)), true)
  assert.equal(hub.hears('other' as AppId, room(2)), false)
})
