import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import { brokenSeal, newSealKey, sealOf } from './seal.ts'

const key = newSealKey()
const request = { method: 'POST', url: '/ws/000/abc/xhr_send' } as IncomingMessage
const sealed = { nodeId: '2b8c', address: '2001:db8::1' }

test('a seal says which node made it, and where the client is', () => {
  assert.deepEqual(brokenSeal(key, request, sealOf(key, request, sealed)), sealed)
  const nowhere = { ...sealed, address: '' }
  assert.deepEqual(brokenSeal(key, request, sealOf(key, request, nowhere).trim()), nowhere)
})

test('a seal is good for its request and its node alone', () => {
  const seal = sealOf(key, request, sealed)
  assert.equal(brokenSeal(newSealKey(), request, seal), null)
  assert.equal(brokenSeal(key, { ...request, method: 'GET' } as IncomingMessage, seal), null)
  assert.equal(brokenSeal(key, { ...request, url: '/ws/000/abd/xhr_send' } as IncomingMessage, seal), null)
})

test('no other text is a seal', () => {
  const seal = sealOf(key, request, sealed)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: seal.length }), fc.nat({ max: 4 }), (text, at, cut) => {
      const changed = seal.slice(0, at) + text + seal.slice(at + cut)
      const told = brokenSeal(key, request, changed)
      // What comes after the address is nobody's.
      assert.ok(told === null || changed.startsWith(seal.trimEnd()), changed)
    }),
  )
})
