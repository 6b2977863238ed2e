import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageFrame, serialize } from './frame.ts'

test('a frame is a command, headers, a blank line, a body and a NUL', () => {
  assert.equal(serialize('RECEIPT', [['receipt-id', 'a:1']], '', '1.2'), 'RECEIPT\nreceipt-id:a\\c1\n\n\0')
  assert.equal(serialize('ERROR', [['message', 'no']], '안녕', '1.1'), 'ERROR\nmessage:no\ncontent-length:6\n\n안녕\0')
})

test('content-length is counted here, in octets, also for nothing', () => {
  assert.equal(serialize('ERROR', [['content-length', '99']], '', '1.2'), 'ERROR\ncontent-length:0\n\n\0')
  assert.equal(serialize('SEND', [], '😀\0', '1.2'), 'SEND\ncontent-length:5\n\n😀\0\0')
})

test('CONNECTED is escaped in no version, and lets nobody write headers of their own', () => {
  assert.equal(
    serialize('CONNECTED', [['user-name', 'a:b\nadmin:yes']], '', '1.2'),
    'CONNECTED\nuser-name:a:b admin:yes\n\n\0',
  )
})

test('in 1.0 a name cannot pass for a name and a value', () => {
  assert.equal(serialize('RECEIPT', [['a:b', 'c']], '', '1.0'), 'RECEIPT\na b:c\n\n\0')
})

test('a MESSAGE frame', () => {
  const message = {
    subscription: 'sub-0',
    destination: '/sub/room:1',
    messageId: '7',
    contentType: 'application/json',
    body: '{"text":"é"}',
    version: '1.2',
  } as const
  assert.equal(
    messageFrame(message),
    'MESSAGE\nsubscription:sub-0\nmessage-id:7\ndestination:/sub/room\\c1\ncontent-type:application/json\n' +
      'content-length:13\n\n{"text":"é"}\0',
  )
  assert.match(messageFrame({ ...message, ack: 'a:1' }), /\nack:a\\c1\n/)
})
