import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProcessBus } from '../../buses/process-bus.ts'
import { Accounts } from '../../core/accounts.ts'
import { Chat } from '../../core/chat.ts'
import { RateLimit } from '../../core/limits.ts'
import type { AppId } from '../../core/model.ts'
import { houseSession } from '../../core/session.ts'
import { SqliteStore } from '../../stores/sqlite/sqlite-store.ts'
import { loneNode } from '../../../test/support/lone-node.ts'
import { ChannelRooms } from './channel-rooms.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const now = (): number => 1_700_000_000_000
const app = { id: 'shop' as AppId, name: 'Shop', origins: [] }

test('who asks while a room is being made waits for the same answer; then it is known, until it is removed', async () => {
  const store = new SqliteStore({ path: ':memory:', log: quiet, now })
  const bus = new ProcessBus(quiet)
  const rate = new RateLimit({ perSecond: 10, burst: 100, now })
  const chat = new Chat({ store, bus, now, rate, maxBodyChars: 100, maxDetailChars: 100 })
  const rooms = new ChannelRooms({ chat, store, bus, nodes: loneNode(), accounts: new Accounts({ store, bus, now }) })
  const first = rooms.roomOf(app, 'chat:')
  assert.equal(rooms.roomOf(app, 'chat:'), first)
  const roomId = await first
  assert.equal(rooms.roomOf(app, 'chat:'), roomId)
  assert.notEqual(await rooms.roomOf({ ...app, id: 'blog' as AppId }, 'chat:'), roomId)
  await chat.execute(houseSession(app), { type: 'remove', roomId })
  assert.notEqual(await rooms.roomOf(app, 'chat:'), roomId)
  await store.close()
  const failed = rooms.roomOf(app, 'chat:other')
  await assert.rejects(async () => failed)
  const again = rooms.roomOf(app, 'chat:other')
  assert.notEqual(again, failed, 'a failure is not remembered')
  await assert.rejects(async () => again)
})
