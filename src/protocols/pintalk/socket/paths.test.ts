import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDestination } from './paths.ts'

const name = 'NsNVwaNrkUbrgnkGfsTuuA'

test('a room and both routes of a status, with and without the last slash', () => {
  for (const slash of ['', '/']) {
    assert.deepEqual(parseDestination(`/ws/chat/${name}${slash}`), { kind: 'room', name, token: null })
    for (const route of [`/ws/chat/${name}/status`, `/ws/status/${name}`]) {
      assert.deepEqual(parseDestination(route + slash), { kind: 'status', uuid: name, token: null })
    }
  }
})

test('a token’s slashes are its dots', () => {
  assert.equal(parseDestination(`/ws/chat/${name}/?token=a/b/c`)?.token, 'a.b.c')
  assert.equal(parseDestination(`/ws/chat/${name}/?x=1&token=a%2Fb.c`)?.token, 'a.b.c')
  assert.equal(parseDestination(`/ws/chat/${name}/?token=`)?.token, '')
})

test('what belongs to others is left to them', () => {
  const paths = [
    '/ws',
    '/ws/chat',
    '/ws/chat/',
    '/ws/status/',
    '/ws/000/abc/websocket',
    '/ws/websocket',
    `/ws/chat/${name}/status/x`,
  ]
  const odd = [
    `/ws/chat/${name}//`,
    `/x/ws/chat/${name}/`,
    '/ws/chat/a b/',
    '/ws/chat/%61/',
    `/ws/chat/${'a'.repeat(65)}/`,
    '',
    '?',
  ]
  for (const path of [...paths, ...odd]) assert.equal(parseDestination(path), null, path)
})
