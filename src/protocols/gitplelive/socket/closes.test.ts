import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Close } from '../../../core/errors.ts'
import { Refusal } from '../failures.ts'
import { closeFor, closeFrame, flood, goodbyeText, tokenExpired, tokenInvalid } from './closes.ts'

const said = (close: Close): unknown => {
  const { error, retry } = JSON.parse(goodbyeText(close)) as { error: { code: number; name: string }; retry: string }
  return [closeFrame(close).code, error.code, error.name, retry]
}

test('what a client may do about it is told apart, by the last frame and by the number', () => {
  assert.deepEqual(said(tokenExpired), [4403, 60103, 'ExpiredToken', 'never'])
  assert.deepEqual(said(tokenInvalid), [4401, 60102, 'InvalidToken', 'never'])
  assert.deepEqual(said(flood), [4429, 60901, 'ServerError', 'later'])
  assert.deepEqual(said({ code: 'drain', reason: 'x', retry: 'now' }), [1001, 60901, 'ServerError', 'now'])
  assert.deepEqual(said({ code: 'slow', reason: 'x', retry: 'later' }), [1013, 60901, 'ServerError', 'later'])
  assert.deepEqual(said({ code: 'invalid', reason: 'x', retry: 'never' }), [4400, 60101, 'InvalidParameters', 'never'])
})

test('a refusal becomes a close, a fault of ours doesn’t', () => {
  assert.equal(closeFor(new Refusal('token_expired')), tokenExpired)
  assert.equal(closeFor(new Refusal('token_invalid')), tokenInvalid)
  assert.equal(closeFor(new Refusal('too_many_requests')), flood)
  assert.deepEqual(closeFor(new Refusal('parameters', 'version: is wrong', 'version')), {
    code: 'invalid',
    reason: 'version: is wrong',
    retry: 'never',
  })
  assert.equal(closeFor(new Error('a mistake')), null)
})
