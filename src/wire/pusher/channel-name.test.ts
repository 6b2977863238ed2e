import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { channelKind, userChannel } from './channel-name.ts'

const none = { isPrivate: false, isPresence: false, isEncrypted: false, isCache: false, userId: null }

describe('what a channel’s name says', () => {
  for (const [name, said] of [
    ['orders', {}],
    ['cache-orders', { isCache: true }],
    ['private-Chat.room1', { isPrivate: true }],
    ['private-cache-x', { isPrivate: true, isCache: true }],
    ['private-encrypted-x', { isPrivate: true, isEncrypted: true }],
    ['private-encrypted-cache-x', { isPrivate: true, isEncrypted: true, isCache: true }],
    ['presence-x', { isPrivate: true, isPresence: true }],
    ['presence-cache-x', { isPrivate: true, isPresence: true, isCache: true }],
    // Beginnings of the prefixes, and the prefixes elsewhere.
    ['private', {}],
    ['encrypted-x', {}],
    ['my-private-x', {}],
    ['Private-x', {}],
    ['a_b=c@d,e.f;g', {}],
    ['x'.repeat(200), {}],
  ] as const) {
    test(name.slice(0, 40), () => assert.deepEqual(channelKind(name), { ...none, ...said }))
  }

  test('a user’s own channel', () => {
    assert.deepEqual(channelKind(userChannel('7')), { ...none, userId: '7' })
    assert.deepEqual(channelKind('#server-to-user-ana@shop: 1'), { ...none, userId: 'ana@shop: 1' })
  })

  for (const name of ['', 'x'.repeat(201), 'a b', 'chat:room1', 'a/b', '#x', '#server-to-user-', 'ä', 'a\n']) {
    test(`no name: ${JSON.stringify(name).slice(0, 40)}`, () => assert.equal(channelKind(name), null))
  }
})
