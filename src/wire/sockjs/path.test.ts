import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePath } from './path.ts'

test('what a path is for', () => {
  const kind = (url: string) => parsePath('/a/b', url)?.kind ?? null
  assert.equal(kind('/a/b'), 'greeting')
  assert.equal(kind('/a/b/?x=/info'), 'greeting')
  assert.equal(kind('/a/b?x'), 'greeting')
  assert.equal(kind('/a/b/info?t=1'), 'info')
  assert.equal(kind('/a/b/iframe-1.html'), 'iframe')
  assert.equal(kind('/a/b/websocket'), 'websocket')
  assert.equal(kind('/a/b/1/2/websocket'), 'websocket')
  assert.equal(kind('/a/b/1/2/XHR'), 'unknown')
  assert.equal(kind('/a/b/1/2/3/xhr'), 'unknown')
  assert.equal(kind('/a/bc'), null)
  assert.equal(kind('/a'), null)
  assert.equal(kind(''), null)
})

test('a session’s name, action and query', () => {
  assert.deepEqual(parsePath('/ws', '/ws/000/n%20me/jsonp?c=x?y'), {
    kind: 'session',
    session: 'n%20me',
    action: 'jsonp',
    query: 'c=x?y',
  })
})
