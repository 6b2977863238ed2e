import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { FakeHost } from './fake-host.ts'

const error = (message: string, more = ''): string[] => [`ERROR\nmessage:${message}${more}\ncontent-length:0\n\n^@`]
const receipt = (id: string): string => `RECEIPT\nreceipt-id:${id}\n\n^@`

/** The text is answered by one ERROR frame, one end, and deafness. */
function refuses(host: FakeHost, text: string, message: string, more = ''): void {
  host.heard.length = 0
  assert.deepEqual(host.say(text), error(message, more))
  assert.equal(host.session.state, 'closed')
  assert.equal(host.ends.length, 1)
  assert.equal(host.ends[0]?.code, 'invalid')
  assert.deepEqual(host.say('SEND\ndestination:/a\nreceipt:1\n\n^@', 'junk', '\n'), [])
  assert.equal(host.ends.length, 1)
  assert.equal(host.session.accept(), false)
}

describe('connecting', () => {
  test('CONNECT is put to the host, and CONNECTED says what was agreed', () => {
    const host = new FakeHost()
    assert.deepEqual(host.say('CONNECT\naccept-version:1.1,1.0\nheart-beat:20000,5000\ntoken:x:y\n\n^@'), [])
    assert.equal(host.session.state, 'connecting')
    assert.deepEqual(host.heard, ['connect [["accept-version","1.1,1.0"],["heart-beat","20000,5000"],["token","x:y"]]'])
    assert.equal(host.session.accept([['user-name', 'ana']]), true)
    assert.deepEqual(host.news(), [
      'CONNECTED\nversion:1.1\nheart-beat:10000,20000\nsession:s1\nserver:parlance/1\nuser-name:ana\n\n^@',
    ])
    assert.equal(host.session.state, 'connected')
    assert.equal(host.session.version, '1.1')
    assert.equal(host.session.accept(), false)
  })

  test('STOMP is CONNECT; no heart-beat header means none', () => {
    const host = new FakeHost()
    host.onConnect = () => void host.session.accept()
    assert.deepEqual(host.say('STOMP\naccept-version:1.2\nhost:here\n\n^@'), [
      'CONNECTED\nversion:1.2\nheart-beat:0,0\nsession:s1\nserver:parlance/1\n\n^@',
    ])
  })

  test('1.0: padded headers are trimmed, heart-beats unknown', () => {
    const host = new FakeHost()
    host.onConnect = () => void host.session.accept()
    assert.deepEqual(host.say('CONNECT\nlogin: ana\npasscode: x \nheart-beat:1,1\n\n^@'), [
      'CONNECTED\nversion:1.0\nsession:s1\nserver:parlance/1\n\n^@',
    ])
    assert.deepEqual(host.heard, ['connect [["login","ana"],["passcode","x"],["heart-beat","1,1"]]'])
  })

  test('frames that come before the answer are handled after it, by the agreed rules', () => {
    const host = new FakeHost()
    host.say('CONNECT\naccept-version:1.2\n\n^@SUBSCRIBE\nid:1\ndestination:a\\cb\n\n^@SEND\ndesti', 'nation:d\n\nx^@')
    assert.equal(host.heard.length, 1)
    host.session.accept()
    assert.deepEqual(host.heard.slice(1), ['subscribe 1 a:b auto', 'send d x'])
  })

  test('a DISCONNECT that waited ends the rest of the queue', () => {
    const host = new FakeHost()
    host.say('CONNECT\naccept-version:1.2\n\n^@DISCONNECT\nreceipt:1\n\n^@SEND\ndestination:d\n\nx^@')
    host.session.accept()
    assert.deepEqual(host.heard.slice(1), ['disconnected'])
    assert.deepEqual(host.news().slice(1), [receipt('1')])
  })

  test('a DISCONNECT in the queue silences what follows also while it waits', async () => {
    const host = new FakeHost()
    const { promise, resolve } = Promise.withResolvers<void>()
    host.answers.push(promise)
    host.say('CONNECT\naccept-version:1.2\n\n^@SEND\ndestination:d\n\nx^@DISCONNECT\nreceipt:1\n\n^@BEGIN\n\n^@')
    host.session.accept()
    host.news()
    assert.equal(host.session.state, 'disconnecting')
    resolve()
    await turn()
    assert.deepEqual(host.news(), [receipt('1')])
  })

  test('too many frames before the answer, by number and by size', () => {
    const counted = new FakeHost({ limits: { maxQueuedFrames: 2 } })
    counted.say('CONNECT\naccept-version:1.2\n\n^@BEGIN\n\n^@BEGIN\n\n^@')
    refuses(counted, 'BEGIN\n\n^@', 'too many frames before CONNECTED')
    const weighed = new FakeHost({ limits: { maxQueuedBytes: 1_000 } })
    weighed.say('CONNECT\naccept-version:1.2\n\n^@')
    refuses(weighed, `SEND\n\n${'x'.repeat(500)}^@`, 'too many frames before CONNECTED')
  })

  test('nothing may come before CONNECT, and only one CONNECT', () => {
    refuses(new FakeHost(), 'SEND\ndestination:/a\n\n^@', 'SEND before CONNECT')
    refuses(new FakeHost(), 'DISCONNECT\nreceipt:9\n\n^@', 'DISCONNECT before CONNECT', '\nreceipt-id:9')
    refuses(new FakeHost().connected('1.2'), 'CONNECT\naccept-version:1.2\n\n^@', 'CONNECT on an open connection')
    refuses(new FakeHost().connected('1.2'), 'STOMP\naccept-version:1.2\n\n^@', 'STOMP on an open connection')
    const waiting = new FakeHost()
    waiting.say('CONNECT\naccept-version:1.2\n\n^@')
    refuses(waiting, 'CONNECT\naccept-version:1.2\n\n^@', 'second CONNECT')
  })

  test('no common version', () => {
    const host = new FakeHost()
    assert.deepEqual(host.say('CONNECT\naccept-version:2.0\n\n^@'), [
      'ERROR\nmessage:no supported protocol version in accept-version\nversion:1.0,1.1,1.2\n' +
        'content-type:text/plain\ncontent-length:43\n\nSupported protocol versions are 1.0 1.1 1.2^@',
    ])
    assert.equal(host.ends.length, 1)
    assert.deepEqual(host.heard, [])
  })

  test('a heart-beat header that is none', () => {
    const text = 'CONNECT\naccept-version:1.1\nheart-beat:soon\n\n^@'
    refuses(new FakeHost(), text, 'heart-beat must be two numbers with a comma')
  })

  test('the host refuses', () => {
    const host = new FakeHost()
    host.say('CONNECT\naccept-version:1.2\n\n^@')
    host.session.refuse('who are you?')
    assert.deepEqual(host.news(), error('who are you?'))
    assert.deepEqual(host.ends, [{ code: 'unauthorized', reason: 'who are you?', retry: 'never' }])
    assert.equal(host.session.accept(), false)
  })

  test('what connect throws or rejects with goes to failed', async () => {
    const host = new FakeHost()
    host.onConnect = () => Promise.reject(new Error('down'))
    host.onFailed = () => host.session.refuse('try later')
    host.say('CONNECT\naccept-version:1.2\n\n^@')
    await turn()
    assert.deepEqual(host.heard.slice(1), ['failed CONNECT down'])
    assert.deepEqual(host.news(), error('try later'))
  })

  test('a malformed frame after CONNECT ends it before the host answers', () => {
    const host = new FakeHost()
    host.say('CONNECT\naccept-version:1.2\n\n^@')
    refuses(host, 'nonsense\n\n^@', 'unknown command "nonsense"')
  })
})

describe('the end', () => {
  test('DISCONNECT: the receipt, the host, the line', () => {
    const host = new FakeHost().connected('1.2')
    assert.deepEqual(host.say('DISCONNECT\nreceipt:7\n\n^@SEND\ndestination:/a\n\nlate^@'), [receipt('7')])
    assert.deepEqual(host.heard, ['disconnected'])
    assert.deepEqual(host.ends, [{ code: 'gone', reason: 'disconnected', retry: 'never' }])
  })

  test('DISCONNECT waits for what is under way, and hears nothing more', async () => {
    const host = new FakeHost().connected('1.2')
    const { promise, resolve } = Promise.withResolvers<void>()
    host.answers.push(promise)
    host.say('SEND\ndestination:/a\nreceipt:1\n\nhi^@', 'DISCONNECT\nreceipt:2\n\n^@', 'junk')
    assert.equal(host.session.state, 'disconnecting')
    assert.deepEqual(host.news(), [])
    resolve()
    await turn()
    assert.deepEqual(host.news(), [receipt('1'), receipt('2')])
    assert.deepEqual(host.heard, ['send /a hi', 'disconnected'])
  })

  test('DISCONNECT has no receipt when what was under way failed, and none when it takes too long', async () => {
    const failing = new FakeHost().connected('1.2')
    failing.answers.push(Promise.reject(new Error('full')))
    failing.say('SEND\ndestination:/a\n\nhi^@DISCONNECT\nreceipt:2\n\n^@')
    await turn()
    assert.deepEqual(failing.news(), [])
    assert.deepEqual(failing.ends.length, 1)
    const hanging = new FakeHost().connected('1.2')
    hanging.answers.push(new Promise(() => undefined))
    hanging.say('SEND\ndestination:/a\n\nhi^@DISCONNECT\nreceipt:2\n\n^@')
    hanging.session.sweep(50_000)
    hanging.session.sweep(60_000)
    assert.equal(hanging.ends.length, 0)
    hanging.session.sweep(60_001)
    assert.equal(hanging.ends.length, 1)
    assert.deepEqual(hanging.news(), [])
  })

  test('the host ends it in its own words', () => {
    const host = new FakeHost().connected('1.2')
    const close = { code: 'drain', reason: 'restart', retry: 'now' } as const
    host.session.error('restart', { headers: [['receipt-id', '1']], body: 'soon', close })
    assert.deepEqual(host.news(), ['ERROR\nmessage:restart\nreceipt-id:1\ncontent-length:4\n\nsoon^@'])
    assert.deepEqual(host.ends, [close])
    host.session.error('again')
    assert.deepEqual(host.news(), [])
  })

  test('after the line is gone nothing is written, ended or answered', async () => {
    const host = new FakeHost().connected('1.2')
    const { promise, resolve } = Promise.withResolvers<void>()
    host.answers.push(promise)
    host.say('SEND\ndestination:/a\nreceipt:1\n\nhi^@')
    host.session.closed()
    resolve()
    await turn()
    host.session.sweep(1_000_000)
    host.session.error('late')
    assert.deepEqual(host.say('SEND\ndestination:/a\nreceipt:1\n\nhi^@'), [])
    assert.deepEqual(host.ends, [])
    assert.deepEqual(host.heard, ['send /a hi'])
  })
})

describe('time', () => {
  test('CONNECT must come in time', () => {
    const host = new FakeHost({ connectTimeoutMs: 5_000 })
    host.session.sweep(5_000)
    assert.equal(host.session.state, 'awaiting')
    host.session.sweep(5_001)
    assert.deepEqual(host.news(), error('no CONNECT in time'))
    assert.equal(host.ends[0]?.code, 'policy')
  })

  test('half a CONNECT buys no time', () => {
    const host = new FakeHost({ connectTimeoutMs: 5_000 })
    for (let second = 1; second <= 6; second++) {
      host.say('CONNECT'.charAt(second - 1))
      host.session.sweep(second * 1_000)
    }
    assert.equal(host.session.state, 'closed')
  })

  test('the host has as long again to answer', () => {
    const host = new FakeHost({ connectTimeoutMs: 5_000 })
    host.say('CONNECT\naccept-version:1.2\n\n^@')
    host.session.sweep(5_001)
    host.session.sweep(10_001)
    assert.equal(host.session.state, 'connecting')
    host.session.sweep(10_002)
    assert.deepEqual(host.news(), error('not connected in time'))
  })

  test('heart-beats go out, and silence ends the connection without a word', () => {
    const host = new FakeHost().connected('1.2', 'heart-beat:10000,10000\n')
    host.news()
    for (let second = 1; second <= 21; second++) host.session.sweep(second * 1_000)
    assert.deepEqual(host.news(), ['\n', '\n'])
    host.say('\n')
    for (let second = 22; second <= 43; second++) host.session.sweep(second * 1_000)
    assert.equal(host.session.state, 'connected')
    host.session.sweep(44_000)
    assert.deepEqual(host.ends, [{ code: 'stale', reason: 'no heart-beat', retry: 'later' }])
  })

  test('who asked for none gets none and is never stale', () => {
    const host = new FakeHost().connected('1.2')
    host.news()
    for (let second = 1; second <= 100; second++) host.session.sweep(second * 1_000)
    assert.deepEqual(host.news(), [])
    assert.equal(host.session.state, 'connected')
  })
})
