import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseMember } from './channel-member.ts'

describe('who somebody is', () => {
  for (const [text, member] of [
    ['{"user_id":"7","user_info":{"name":"Ana"}}', { id: '7', info: '{"name":"Ana"}' }],
    ['{"user_id":7}', { id: '7', info: '{}' }],
    ['{"user_id":"7","user_info":null}', { id: '7', info: 'null' }],
    ['{"user_id":"__proto__","user_info":{"__proto__":1}}', { id: '__proto__', info: '{"__proto__":1}' }],
  ] as const) {
    test(text, () => assert.deepEqual(parseMember(text, 100), member))
  }

  for (const text of [
    '',
    'null',
    '7',
    '{}',
    '{"user_id":""}',
    '{"user_id":true}',
    '{"user_id":{}}',
    '{"user_id":1e999}',
  ]) {
    test(`nobody: ${text}`, () => assert.throws(() => parseMember(text, 100), { code: 'invalid' }))
  }

  test('bounds', () => {
    assert.throws(() => parseMember(`{"user_id":"${'x'.repeat(129)}"}`, 100), { code: 'invalid' })
    assert.equal(parseMember(`{"user_id":"1","user_info":"${'ü'.repeat(49)}"}`, 100).info.length, 51)
    assert.throws(() => parseMember(`{"user_id":"1","user_info":"${'ü'.repeat(50)}"}`, 100), { code: 'too_large' })
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    assert.throws(() => parseMember(`{"user_id":"1","user_info":${deep}}`, 100), { name: 'ChatError' })
  })
})
