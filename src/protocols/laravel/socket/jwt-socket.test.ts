import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProcessBus } from '../../../buses/process-bus.ts'
import { Chat } from '../../../core/chat.ts'
import { Hub } from '../../../core/hub.ts'
import { RateLimit } from '../../../core/limits.ts'
import type { AppId } from '../../../core/model.ts'
import { Sessions } from '../../../core/session.ts'
import { SqliteStore } from '../../../stores/sqlite/sqlite-store.ts'
import { websocketFraming } from '../../../wire/websocket-frame.ts'
import { loneNode } from '../../../../test/support/lone-node.ts'
import { Laravel } from '../laravel.ts'
import type { LaravelApp } from '../settings.ts'
import { JwtSocket } from './jwt-socket.ts'

const kind = { send: 'clients', data: null, stored: true, presence: false }
const shop = {
  app: { id: 'shop' as AppId, name: 'Shop', origins: [] },
  settings: { jwtSecret: 'the secret of the shop', channels: new Map([['chat', kind]]), callbackUrl: 'http://shop/' },
} as unknown as LaravelApp

test('what is kept is answered so, also when the application can’t be told of it', async (t) => {
  const now = (): number => 1_700_000_000_000
  const logged: string[] = []
  const log = { error: (_: object, message: string) => void logged.push(message), warn() {}, info() {}, debug() {} }
  const store = new SqliteStore({ path: ':memory:', log, now })
  t.after(() => store.close())
  const bus = new ProcessBus(log)
  const limit = new RateLimit({ perSecond: 10, burst: 100, now })
  const { shared } = Laravel.open({
    apps: [shop],
    bus,
    nodes: loneNode(),
    store,
    chat: new Chat({ store, bus, now, rate: limit, maxBodyChars: 100, maxDetailChars: 100 }),
    hub: new Hub(bus, log),
    sessions: new Sessions(bus),
    tellLater: () => Promise.reject(new Error('the disk is full')),
    limits: { frames: limit, words: limit, dials: limit, reads: limit, attempts: limit },
    maxHeldBytes: 1000,
    pageSize: 10,
    log,
    now,
  })
  const said: string[] = []
  const both = Promise.withResolvers<void>()
  const line = {
    id: 'line',
    framing: websocketFraming,
    address: '',
    origin: null,
    push: (bytes: Uint8Array) => {
      said.push(Buffer.from(bytes.subarray(2)).toString())
      if (said.length === 2) both.resolve()
    },
    close: () => assert.fail('closed'),
  }
  const claims = { id: 7, name: 'Ana', channel: 'chat:' }
  const roomId = await shared.rooms.roomOf(shop.app, 'chat:')
  const socket = new JwtSocket({ shared, line, bearer: { app: shop, claims }, roomId })
  socket.message('{"data":{"message":"hi"}}')
  await both.promise
  assert.equal(said[0], '{"type":"sended","ok":true}')
  assert.match(said[1] ?? '', /"message":"hi"/)
  assert.deepEqual(logged, ['the application will not be told of a message'])
  socket.closed()
})
