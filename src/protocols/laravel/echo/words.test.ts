import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../../core/event.ts'
import type { AppId, Meta } from '../../../core/model.ts'
import { unframed } from '../../../wire/socketio/framing.ts'
import { EchoEncoding, refusedText, subscribedText } from './words.ts'

const encoding = new EchoEncoding()

function said(name: string, data: string, meta: Meta | null = null, channel = 'echo:orders'): string | null {
  const event: Event = { type: 'broadcast', appId: 'shop' as AppId, at: 0, origin: '1.2', channel, name, data, meta }
  const bytes = encoding.encode({ event, room: null })
  return bytes && unframed(bytes).join()
}

test('an event: its name, the channel, the data', () => {
  assert.equal(said('App\\Events\\Sent', '{"n":1}'), '42["App\\\\Events\\\\Sent","orders",{"n":1}]')
  assert.equal(said('client-typing', '{"n":1}', { userId: '7' }), '42["client-typing","orders",{"n":1}]')
})

test('data that is no JSON is a text', () => {
  assert.equal(said('sent', 'hello "you"'), '42["sent","orders","hello \\"you\\""]')
  assert.equal(said('sent', '1],["x"'), '42["sent","orders","1],[\\"x\\""]')
})

test('names that the library keeps to itself are not said: it would hang up', () => {
  for (const name of ['connect', 'disconnect', 'connect_error', 'disconnecting', 'newListener', 'removeListener']) {
    assert.equal(said(name, '{}'), null)
  }
})

test('who comes and goes', () => {
  const news = { userId: '7', info: '{"name":"Ana"}' }
  const member = '{"user_id":"7","user_info":{"name":"Ana"}}'
  const joining = said('', '', { news: { type: 'member_added', ...news } })
  assert.equal(joining, `42["presence:joining","orders",${member}]`)
  const leaving = said('', '', { news: { type: 'member_removed', ...news } })
  assert.equal(leaving, `42["presence:leaving","orders",${member}]`)
  assert.equal(said('', '', { news: { type: 'terminated' } }), null)
  const members = [{ id: '7', info: '{"name":"Ana"}' }]
  assert.equal(subscribedText('presence-a', members), `["presence:subscribed","presence-a",[${member}]]`)
  assert.equal(refusedText('private-a', 403), '["subscription_error","private-a",403]')
})

test('what is of another wire is not said', () => {
  assert.equal(said('message', '{}', null, 'socket:orders'), null)
})

test('its sender is skipped', () => {
  const event = { type: 'user_removed', appId: 'shop' as AppId, at: 0, origin: '1.2', userId: 7 as never } as const
  assert.equal(encoding.skips({ event, room: null }), '1.2')
})
