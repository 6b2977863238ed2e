import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { ProcessBus } from '../../../buses/process-bus.ts'
import { Chat } from '../../../core/chat.ts'
import { RateLimit } from '../../../core/limits.ts'
import type { App, AppId, Message, RoomId } from '../../../core/model.ts'
import { houseSession } from '../../../core/session.ts'
import { SqliteStore } from '../../../stores/sqlite/sqlite-store.ts'
import { RecordedLog } from '../../../../test/support/recorded-log.ts'
import { History, pageSize } from './history.ts'

const app: App = { id: 'main' as AppId, name: 'Main', origins: [] }
const session = houseSession(app)
const now = (): number => Date.UTC(2023, 2, 23)
const log = new RecordedLog()

let store: SqliteStore
let chat: Chat
let roomId: RoomId
let rooms = 0
before(() => {
  store = new SqliteStore({ path: ':memory:', log, now })
  const rate = new RateLimit({ perSecond: 1, burst: 1, now })
  chat = new Chat({ store, bus: new ProcessBus(log), now, rate, maxBodyChars: 1000, maxDetailChars: 1000 })
})
after(() => store.close())
beforeEach(async () => {
  const draft = { appId: app.id, key: `room ${++rooms}`, kind: 'guest_chat', name: '', state: 'active' } as const
  roomId = (await store.rooms.ensure({ ...draft, ownerId: null, members: [] })).room.id
})

/** Messages with these datetimes, in this order: ids from 1. */
async function say(datetimes: readonly string[]): Promise<void> {
  const said = datetimes.map((datetime) => {
    return chat.execute(session, { type: 'post', roomId, draft: { type: 'text', body: 'x', meta: { datetime } } })
  })
  await Promise.all(said)
}

const ids = (page: readonly Message[]): number[] => page.map(({ id }) => id)
const datetimeOf = (message: Message): string => String(message.meta?.['datetime'])
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** As a client does: the newest page, then again and again what is older than the oldest it knows. */
async function walk(): Promise<number[]> {
  const history = new History(chat, session, roomId)
  const newest = await history.newest()
  const seen = ids(newest).toReversed()
  for (let oldest = newest[0]; oldest;) {
    const page: Message[] = await history.before(datetimeOf(oldest))
    assert.ok(page.length <= pageSize)
    assert.ok(seen.length <= 1000, 'it goes in circles')
    seen.push(...ids(page))
    oldest = page.at(-1)
  }
  return seen
}

test('many messages of one second, with and without milliseconds, in any number: each once', async () => {
  const datetime = (index: number): string => {
    const second = String(Math.floor(index / 70)).padStart(2, '0')
    return `2023-03-23T12:00:${second}${index % 2 === 0 ? '.000' : ''}`
  }
  await say(range(0, 402).map(datetime))
  assert.deepEqual(await walk(), range(1, 403).toReversed())
})

test('whatever the clocks say, walking shows everything once, newest first', async () => {
  const clocks = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 0, maxLength: 160 })
  await fc.assert(
    fc.asyncProperty(clocks, async (seconds) => {
      const draft = { appId: app.id, key: `room ${++rooms}`, kind: 'guest_chat', name: '', state: 'active' } as const
      roomId = (await store.rooms.ensure({ ...draft, ownerId: null, members: [] })).room.id
      await say(seconds.map((second) => `2023-03-23T12:00:0${second}`))
      assert.deepEqual(await walk(), range(1, seconds.length).toReversed())
    }),
    { numRuns: 30 },
  )
})

test('a place from before a lost connection is found by its datetime', async () => {
  await say(
    range(0, 299).map((index) => `2023-03-23T12:0${Math.floor(index / 60)}:${String(index % 60).padStart(2, '0')}`),
  )
  const history = new History(chat, session, roomId)
  await history.newest()
  // Message 101 is of 12:01:40.
  assert.deepEqual(ids(await history.before('2023-03-23T12:01:40')), range(51, 100).toReversed())
  assert.deepEqual(ids(await history.before('2023-03-23T12:01:40.001')), range(52, 101).toReversed())
  assert.deepEqual(ids(await history.before('2023-03-23T12:00:00')), [])
  assert.deepEqual(ids(await history.before('0000-01-01T00:00:00')), [])
  assert.deepEqual(ids(await history.before('9999-12-31T23:59:59')), range(251, 300).toReversed())
  const messages = await store.messages.page(roomId, { audience: 'all', keep: 'newest', limit: 300 })
  for (const message of messages.filter(({ id }) => id % 7 === 0)) {
    await chat.execute(session, { type: 'delete', roomId, messageId: message.id, unreadOnly: false })
  }
  const page = ids(await history.before('2023-03-23T12:01:40'))
  assert.deepEqual([page[0], page.length], [100, 50], 'deleted ones are not shown and mislead nobody')
})

test('in an empty room there is nothing', async () => {
  const history = new History(chat, session, roomId)
  assert.deepEqual(await history.newest(), [])
  assert.deepEqual(await history.before('2023-03-23T12:00:00'), [])
})
