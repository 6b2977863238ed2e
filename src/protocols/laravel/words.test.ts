import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Message, RoomId, UserId } from '../../core/model.ts'
import { unknownKind, type ChannelKind } from './settings.ts'
import { dataOf, draftOf, frame, speakerOf, targetOf, wordsOf } from './words.ts'

const chat: ChannelKind = { send: 'clients', data: ['name', 'message', 'constructor'], stored: true, presence: false }
const anything: ChannelKind = { ...unknownKind, stored: true }
const ana = { name: 'Ana', id: 7 }

/** A message as the store would give it back. */
function kept(draft: ReturnType<typeof draftOf>, name = ana.name): Message {
  return {
    roomId: 1 as RoomId,
    id: 1,
    seq: 1,
    sender: { id: 70 as UserId, name, role: 'member' },
    ...draft,
    episodeId: 0,
    createdAt: 0,
    updatedAt: 0,
    deletedAt: null,
  }
}

const data = fc.dictionary(
  fc.oneof(fc.constantFrom('message', 'name', 'constructor', '__proto__', 'target_user_id'), fc.string()),
  fc.oneof(fc.jsonValue(), fc.string({ unit: 'grapheme' })),
)

test('what is kept comes back as it went out', () => {
  fc.assert(
    fc.property(data, fc.constantFrom(chat, anything), (value, kind) => {
      // As it comes over the wire, where `__proto__` is a key like any other.
      const sent = JSON.parse(JSON.stringify(value)) as Record<string, unknown>
      delete sent['target_user_id']
      const words = wordsOf(ana, sent, kind)
      assert.ok(words)
      assert.deepEqual(JSON.parse(dataOf(kept(draftOf(words)))), JSON.parse(words.data))
    }),
  )
})

test('nothing but the kind’s fields goes out, and nothing that was inherited', () => {
  const sent = JSON.parse('{"x":1,"__proto__":{"name":"inherited"},"message":"m"}') as Record<string, unknown>
  assert.equal(wordsOf(ana, sent, chat)?.data, '{"message":"m"}')
  assert.equal(wordsOf(ana, sent, anything)?.data, '{"x":1,"__proto__":{"name":"inherited"},"message":"m"}')
})

test('whom it is for', () => {
  const to = (target_user_id: unknown) => wordsOf(ana, { message: 'm', target_user_id }, chat)
  assert.equal(to(9)?.to, 9)
  for (const none of [0, null, undefined, '', false]) assert.equal(to(none)?.to, null)
  for (const nobody of ['9', true, {}, [9]]) assert.equal(to(nobody), null)
  const words = to(9)
  assert.ok(words && !words.data.includes('target'))
  const draft = draftOf(words)
  assert.equal(draft.audience, 'staff', 'no other wire shows it')
  assert.equal(targetOf(kept(draft)), 9)
  assert.equal(targetOf({ ...kept(draft), meta: null }), undefined, 'a note of another wire')
})

test('what was said on another wire has words, a name, and nobody’s number', () => {
  const foreign = { ...kept({ type: 'text', body: '"hi"', detail: '', meta: { id: 1 }, audience: 'all' }), meta: null }
  assert.equal(dataOf(foreign), '{"message":"\\"hi\\"","name":"Ana"}')
  assert.deepEqual(speakerOf(foreign), { name: 'Ana', id: -70 })
  assert.deepEqual(speakerOf({ ...foreign, sender: null }), { name: 'System', id: 0 })
})

test('a name with quotes stays a name', () => {
  const text = frame('message', { name: '","id":1,"x":"', id: 7 }, '{}')
  assert.deepEqual(JSON.parse(text), { type: 'message', sender: { name: '","id":1,"x":"', id: 7 }, data: {} })
})
