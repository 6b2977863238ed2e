import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AppId } from '../../core/model.ts'
import { placeKey, placeOf } from './place-keys.ts'

const shop = 'shop' as AppId
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 })

test('property: whatever channels and people are called, each key is of one place', () => {
  fc.assert(
    fc.property(name, fc.option(name), (channel, person) => {
      assert.deepEqual(placeOf(placeKey(shop, channel, person ?? '')), { appId: shop, channel, person })
    }),
  )
})

test('what is no key is nobody’s', () => {
  for (const key of ['', 'shop', 'shop 3', 'shop x room', 'shop 0 ', ' 3 abc']) assert.equal(placeOf(key), null)
})

test('half a letter is the same to every node', () => {
  assert.deepEqual(placeOf(placeKey(shop, 'presence-x', 'a\ud800')), {
    appId: shop,
    channel: 'presence-x',
    person: 'a\ufffd',
  })
})
