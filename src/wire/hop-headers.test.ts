import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { headOf, passedOn } from './hop-headers.ts'

function message(...rawHeaders: string[]): IncomingMessage {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'connection')
  const headers = at === -1 ? {} : { connection: rawHeaders[at + 1] }
  return { rawHeaders, headers, statusCode: 101, statusMessage: 'Switching Protocols' } as unknown as IncomingMessage
}

test('headers stay as they were written, and in their order', () => {
  const written = ['Host', 'chat.example', 'Cookie', 'a=1', 'cookie', 'b=2', 'X-Forwarded-For', '10.0.0.1']
  assert.deepEqual(passedOn(message(...written)), written)
})

test('those of the hop don’t pass, nor those that a message names as such, nor what only nodes may say', () => {
  const hop = ['Connection', 'close, X-Mine', 'X-MINE', '1', 'Keep-Alive', 'timeout=5', 'TE', 'trailers']
  const more = [
    'Transfer-Encoding',
    'chunked',
    'Upgrade',
    'h2c',
    'Expect',
    '100-continue',
    'X-Parlance-Forwarded',
    'me',
  ]
  assert.deepEqual(passedOn(message(...hop, ...more, 'Accept', '*/*')), ['Accept', '*/*'])
})

test('a message can’t get rid of what says where it ends and where it goes', () => {
  const headers = ['Connection', 'host, content-length', 'Host', 'x', 'Content-Length', '3']
  assert.deepEqual(passedOn(message(...headers)), ['Host', 'x', 'Content-Length', '3'])
  assert.deepEqual(passedOn(message(...headers), true), ['Host', 'x'])
})

test('an answer is written as bytes', () => {
  const answer = message('Connection', 'Upgrade', 'Sec-WebSocket-Accept', 'é')
  const text = 'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: é\r\nConnection: Upgrade\r\n\r\n'
  assert.deepEqual(headOf(answer, ['Connection', 'Upgrade']), Buffer.from(text, 'latin1'))
})
