import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AppId, Message, RoomId, UserId } from '../../../core/model.ts'
import { entryOf, headOf, stepOf, type Step } from './step.ts'

const app = 'acme' as AppId
const room = 7 as RoomId
const fact = { appId: app, roomId: room, at: 1_700_000_000_000, actorId: 3 as UserId, origin: null }

function posted(seq: number, id: number, body: string): Step['events'][number] {
  const sender = { id: 3 as UserId, name: '민아', role: 'agent' } as const
  const message: Message = {
    roomId: room,
    id,
    seq,
    sender,
    type: 'text',
    body,
    detail: '',
    audience: 'all',
    episodeId: 0,
    meta: null,
    createdAt: fact.at,
    updatedAt: fact.at,
    deletedAt: null,
  }
  return { ...fact, type: 'message_posted', seq, message, unread: 1 }
}

function step(...events: Step['events']): Step {
  return { uid: 'n-1', after: 'n-0', appId: app, roomId: room, events, clientKey: null, marks: null }
}

const read = (text: string) => stepOf({ uid: 'n-1', roomId: room, text, position: '1-0' })

test('a step is read as it was written', () => {
  const words = { ...step(posted(5, 4, 'hello\n"world" ')), clientKey: 'k', marks: 3 as UserId }
  assert.deepEqual(read(entryOf(words).text), words)
  assert.deepEqual(headOf(entryOf(words)), { appId: app, isWide: false })
  const joined = step({ ...fact, type: 'member_joined', seq: 6, userId: 9 as UserId, role: 'member' }, posted(7, 5, ''))
  assert.deepEqual(read(entryOf(joined).text), joined)
  assert.deepEqual(headOf(entryOf(joined)), { appId: app, isWide: true })
})

test('what is another app’s, another room’s, or skips a seq, is no step', () => {
  const { text } = entryOf(step(posted(5, 4, 'x')))
  assert.equal(read(text.replace('1-acme\n', '1-other\n')), null)
  assert.equal(stepOf({ uid: 'n-1', roomId: 8 as RoomId, text, position: '1-0' }), null)
  assert.equal(read(entryOf(step(posted(5, 4, 'x'), posted(7, 5, 'y'))).text), null)
  assert.equal(read(entryOf(step()).text), null)
  assert.equal(read(text.replace('message_posted', 'message_poisoned')), null)
  assert.equal(read(text.replace('"body":"x"', '"body":1')), null)
})

test('a node of a later form is not understood, and not misunderstood', () => {
  const { text } = entryOf(step(posted(5, 4, 'x')))
  assert.equal(read(`2${text.slice(1)}`), null)
})

test('no bytes make it throw', () => {
  const { text } = entryOf(step(posted(5, 4, 'x')))
  const broken = fc
    .tuple(fc.nat(text.length), fc.nat(20), fc.string())
    .map(([at, cut, more]) => text.slice(0, at) + more + text.slice(at + cut))
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((json) => `1-acme\n${json}`),
        broken,
      ),
      (garbled) => {
        const found = read(garbled)
        if (found) assert.ok(found.roomId === room && found.events.length > 0)
      },
    ),
  )
})
