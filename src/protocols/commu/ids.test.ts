import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RecordedLog } from '../../../test/support/recorded-log.ts'
import type { AppId, RoomId, UserId } from '../../core/model.ts'
import { SqliteStore } from '../../stores/sqlite/sqlite-store.ts'
import { botId, Ids } from './ids.ts'

const ids = new Ids(Buffer.alloc(32, 1))
const number = fc.nat({ max: 2 ** 31 - 1 })

describe('ids on the wire', () => {
  test('lead back to the number they were made of, and to no other kind', () => {
    fc.assert(
      fc.property(number, (id) => {
        const [user, community, channel] = [
          ids.user(id as UserId),
          ids.community(id as RoomId),
          ids.channel(id as RoomId),
        ]
        for (const text of [user, community, channel]) assert.match(text, /^[0-9a-f]{24}$/)
        assert.equal(ids.userOf(user), id)
        assert.equal(ids.communityOf(community), id)
        assert.equal(ids.channelOf(channel), id)
        for (const other of [community, channel, botId]) assert.equal(ids.userOf(other), null)
        for (const other of [user, channel]) assert.equal(ids.communityOf(other), null)
        for (const other of [user, community]) assert.equal(ids.channelOf(other), null)
      }),
    )
  })

  test('of another app are unknown, and unlike', () => {
    const others = new Ids(Buffer.alloc(32, 2))
    fc.assert(
      fc.property(number, (id) => {
        assert.equal(others.userOf(ids.user(id as UserId)), null)
        assert.notEqual(others.user(id as UserId), ids.user(id as UserId))
      }),
    )
  })

  test('can’t be made up or bent', () => {
    const known = ids.user(7 as UserId)
    const twisted = fc.tuple(fc.nat({ max: 23 }), fc.constantFrom(...'0123456789abcdef')).map(([at, digit]) => {
      return known.slice(0, at) + digit + known.slice(at + 1)
    })
    const invented = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('hex'))
    fc.assert(
      fc.property(fc.oneof(twisted, invented), (text) => {
        fc.pre(text !== known)
        assert.equal(ids.userOf(text), null)
      }),
    )
  })

  test('are texts of 24 small hex digits and nothing else', () => {
    const known = ids.user(7 as UserId)
    const wrong = [
      known.toUpperCase(),
      ` ${known}`,
      `${known}\n`,
      known.slice(1),
      '',
      null,
      undefined,
      7,
      {},
      [known],
      '__proto__',
    ]
    for (const text of wrong) assert.equal(ids.userOf(text), null)
  })

  test('tell nothing of how many there are', () => {
    const made = Array.from({ length: 200 }, (_, id) => ids.user(id as UserId))
    const digits = new Set(made.map((text) => text.slice(0, 12)))
    assert.equal(digits.size, 200)
    for (const half of [0, 12]) {
      const sorted = [...made].sort((a, b) => (a.slice(half) < b.slice(half) ? -1 : 1))
      assert.notDeepEqual(sorted, made)
    }
  })

  test('are right also when more are in use than are remembered', () => {
    const made = Array.from({ length: 45_000 }, (_, id) => ids.channel(id as RoomId))
    for (let round = 0; round < 2; round++)
      for (const [id, text] of made.entries()) {
        assert.equal(ids.channelOf(text), id)
        assert.equal(ids.channel(id as RoomId), text)
      }
    assert.equal(new Set(made).size, made.length)
  })

  test('are the same after a restart, also when two open the app at once', async () => {
    const store = new SqliteStore({ path: ':memory:', log: new RecordedLog(), now: Date.now })
    const [first, second] = await Promise.all([Ids.open(store, 'a' as AppId), Ids.open(store, 'a' as AppId)])
    const later = await Ids.open(store, 'a' as AppId)
    const alien = await Ids.open(store, 'b' as AppId)
    const id = randomBytes(3).readUIntBE(0, 3) as UserId
    assert.equal(first.user(id), second.user(id))
    assert.equal(first.user(id), later.user(id))
    assert.notEqual(first.user(id), alien.user(id))
    await store.close()
  })
})
