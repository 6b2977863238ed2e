import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ProcessBus } from '../../../buses/process-bus.ts'
import { Chat } from '../../../core/chat.ts'
import type { Close } from '../../../core/errors.ts'
import { Hub } from '../../../core/hub.ts'
import { RateLimit } from '../../../core/limits.ts'
import type { AppId } from '../../../core/model.ts'
import type { Line } from '../../../core/ports.ts'
import { SqliteStore } from '../../../stores/sqlite/sqlite-store.ts'
import { pusherDialect } from '../../../wire/pusher/dialect.ts'
import { websocketFraming } from '../../../wire/websocket-frame.ts'
import { publish } from '../broadcasts.ts'
import { Channels } from '../channels.ts'
import type { LaravelApp } from '../settings.ts'
import { loneNode } from '../../../../test/support/lone-node.ts'
import { ChannelEncoding } from './channel-encoding.ts'
import { PusherConnection } from './connection.ts'
import { PusherConnections } from './connections.ts'
import type { PusherHouse } from './house.ts'
import { LastEvents } from './last-events.ts'
import type { Notice } from './webhook-events.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const minute = 60_000
const settings = {
  id: 'shop-id',
  key: 'shop-key',
  secret: 'shop secret',
  jwtSecret: 'the secret of the shop',
  channels: new Map(),
  redisUrl: null,
  redisPrefix: '',
  callbackUrl: null,
  authEndpoint: null,
  clientEvents: true,
  webhooks: [],
}
const shop = { app: { id: 'shop' as AppId, name: 'Shop', origins: [] }, settings } as unknown as LaravelApp

class FakeLine implements Line {
  readonly id: string
  readonly framing = websocketFraming
  readonly address = '127.0.0.1'
  readonly origin = null
  said: string[] = []
  end: { code: number; reason: string } | null = null

  constructor(id: string) {
    this.id = id
  }

  push(bytes: Uint8Array): void {
    // Short frames have a header of two bytes.
    const header = bytes[1] === 126 ? 4 : 2
    this.said.push(Buffer.from(bytes.subarray(header)).toString())
  }

  close(close: Close): void {
    this.end = pusherDialect.closeFrame(close)
  }

  heard(): string[] {
    return this.said.splice(0)
  }
}

let now: number
let store: SqliteStore
let house: PusherHouse
let bus: ProcessBus
let notices: Notice[]
let lines: number

beforeEach(() => {
  now = 1_700_000_000_000
  lines = 0
  notices = []
  store = new SqliteStore({ path: ':memory:', log: quiet, now: () => now })
  bus = new ProcessBus(quiet)
  const limit = (burst: number): RateLimit => new RateLimit({ perSecond: 10, burst, now: () => now })
  const chat = new Chat({ store, bus, now: () => now, rate: limit(100), maxBodyChars: 100, maxDetailChars: 50 })
  const connections = new PusherConnections(bus, loneNode())
  house = {
    apps: [shop],
    hub: new Hub(bus, quiet),
    chat,
    channels: new Channels({
      apps: [shop.app],
      bus,
      nodes: loneNode(),
      maxPublicChannels: 10,
      maxMembers: 10,
      onOccurrence: () => {},
      now: () => now,
    }),
    connections,
    encoding: new ChannelEncoding(connections),
    lastEvents: new LastEvents({ bus, nodes: loneNode(), shelf: null, maxBytesPerApp: 2000, now: () => now }),
    frames: limit(100),
    clientEvents: limit(10),
    limits: {
      activityTimeoutMs: 2 * minute,
      pongTimeoutMs: minute / 2,
      maxChannels: 10,
      maxConnections: 10,
      maxMemberBytes: 100,
      maxDataBytes: 100,
    },
    notify: (_app, notice) => void notices.push(notice),
    log: quiet,
    now: () => now,
  }
})

afterEach(() => store.close())

function dial(): { line: FakeLine; connection: PusherConnection } {
  const line = new FakeLine(`line ${++lines}`)
  const connection = new PusherConnection(house, shop, line)
  connection.sweep(now)
  line.heard()
  return { line, connection }
}

const subscribe = (channel: string): string => JSON.stringify({ event: 'pusher:subscribe', data: { channel } })
const say = (channel: string, data: string): void =>
  publish(house.chat, shop.app, { channel, event: 'said', data, socketId: null, whisper: null })

describe('silence', () => {
  const later = (connection: PusherConnection, ms: number): void => connection.sweep((now += ms))

  test('is asked about, and ended when it goes on', () => {
    const { line, connection } = dial()
    later(connection, 2 * minute - 1)
    assert.deepEqual(line.heard(), [])
    later(connection, 1)
    assert.deepEqual(line.heard(), ['{"event":"pusher:ping","data":{}}'])
    later(connection, minute / 2 - 1)
    assert.deepEqual([line.heard(), line.end], [[], null], 'asked once')
    later(connection, 1)
    assert.deepEqual(line.end, { code: 4201, reason: 'Pong reply not received' })
  })

  test('is over with any frame', () => {
    const { line, connection } = dial()
    later(connection, 2 * minute)
    connection.message('{"event":"pusher:pong","data":{}}')
    later(connection, minute)
    later(connection, 2 * minute - 1)
    assert.equal(line.heard().length, 1)
    later(connection, 1)
    assert.deepEqual([line.heard(), line.end], [['{"event":"pusher:ping","data":{}}'], null])
  })
})

describe('cache channels', () => {
  test('keep the last event for half an hour', () => {
    say('cache-x', '1')
    say('cache-x', '2')
    const early = dial()
    early.connection.message(subscribe('cache-x'))
    assert.deepEqual(early.line.heard().slice(1), ['{"event":"said","channel":"cache-x","data":"2"}'])
    now += 30 * minute
    const late = dial()
    late.connection.message(subscribe('cache-x'))
    assert.deepEqual(late.line.heard().slice(1), ['{"event":"pusher:cache_miss","channel":"cache-x","data":"{}"}'])
    assert.deepEqual(notices, [{ name: 'cache_miss', channel: 'cache-x' }])
  })

  test('other channels and whispers keep nothing', () => {
    say('x', '1')
    assert.equal(house.lastEvents.of(shop.app.id, 'x'), null)
    publish(house.chat, shop.app, {
      channel: 'private-cache-x',
      event: 'client-x',
      data: '1',
      socketId: null,
      whisper: { userId: null },
    })
    assert.equal(house.lastEvents.of(shop.app.id, 'private-cache-x'), null)
  })

  test('those that were silent longest make room', () => {
    const wide = 'x'.repeat(300)
    for (const n of [1, 2, 1, 3]) say(`cache-${n}`, wide)
    const kept = [1, 2, 3].filter((n) => house.lastEvents.of(shop.app.id, `cache-${n}`))
    assert.deepEqual(kept, [1, 3])
    say('cache-wide', 'x'.repeat(3000))
    assert.deepEqual(
      [1, 3, 'wide'].filter((n) => house.lastEvents.of(shop.app.id, `cache-${n}`)),
      [],
    )
  })
})

describe('a connection that is gone', () => {
  test('leaves nothing behind', () => {
    const { line, connection } = dial()
    connection.message(subscribe('x'))
    connection.message(subscribe('y'))
    assert.equal(house.connections.count(shop.app.id), 1)
    connection.closed()
    assert.equal(house.connections.count(shop.app.id), 0)
    assert.deepEqual([...house.channels.of(shop.app.id)], [])
    line.heard()
    say('x', '1')
    assert.deepEqual(line.heard(), [])
  })
})

test('what is nested deeply is not even read', () => {
  const { line, connection } = dial()
  for (const levels of [511, 512]) {
    connection.message(`{"event":"pusher:ping","data":${'['.repeat(levels)}${']'.repeat(levels)}}`)
  }
  const [pong, refusal] = line.heard()
  assert.match(pong ?? '', /pusher:pong/)
  assert.match(refusal ?? '', /"code":4300,.*too deeply/)
})

test('an application can’t speak as the server, nor be remembered so', () => {
  const { line, connection } = dial()
  connection.message(subscribe('cache-x'))
  line.heard()
  for (const event of ['pusher:error', 'pusher_internal:member_added']) {
    publish(house.chat, shop.app, { channel: 'cache-x', event, data: '{}', socketId: null, whisper: null })
  }
  assert.deepEqual(line.heard(), [])
  assert.equal(house.lastEvents.of(shop.app.id, 'cache-x'), null)
})

test('a broadcast is framed once for all its lines, and skips one of them', () => {
  const [one, two, three] = [dial(), dial(), dial()]
  for (const { connection } of [one, two, three]) connection.message(subscribe('x'))
  const pushed: Uint8Array[] = []
  for (const { line } of [one, two, three]) {
    line.heard()
    line.push = (bytes) => void pushed.push(bytes)
  }
  publish(house.chat, shop.app, {
    channel: 'x',
    event: 'said',
    data: '1',
    socketId: two.connection.socketId,
    whisper: null,
  })
  assert.equal(pushed.length, 2)
  assert.equal(pushed[0], pushed[1])
})
