import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { FakeHost } from './fake-host.ts'
import { StompError } from './stomp-error.ts'

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

describe('subscriptions', () => {
  const connected = (): FakeHost => new FakeHost({ limits: { maxSubscriptions: 2 } }).connected('1.2')

  test('come and go, with receipts', () => {
    const host = connected()
    assert.deepEqual(host.say('SUBSCRIBE\nid:1\ndestination:/a\nack:client-individual\nreceipt:r\\c1\n\n^@'), [
      receipt('r\\c1'),
    ])
    assert.deepEqual(host.say('UNSUBSCRIBE\nid:1\nreceipt:2\n\n^@'), [receipt('2')])
    assert.deepEqual(host.say('SUBSCRIBE\nid:1\ndestination:/a\nack:client\n\n^@'), [])
    assert.deepEqual(host.heard, ['subscribe 1 /a client-individual', 'unsubscribe 1', 'subscribe 1 /a client'])
  })

  test('1.0 goes by the destination where there is no id', () => {
    const host = new FakeHost().connected('1.0')
    host.say('SUBSCRIBE\ndestination: /a\n\n^@SUBSCRIBE\nid:x\ndestination:/a\n\n^@')
    host.say('UNSUBSCRIBE\ndestination:/a\n\n^@UNSUBSCRIBE\nid:x\n\n^@')
    assert.deepEqual(host.heard, ['subscribe /a /a auto', 'subscribe x /a auto', 'unsubscribe /a', 'unsubscribe x'])
    refuses(host, 'UNSUBSCRIBE\n\n^@', 'UNSUBSCRIBE without destination')
  })

  test('refusals', () => {
    refuses(connected(), 'SUBSCRIBE\ndestination:/a\n\n^@', 'SUBSCRIBE without id')
    refuses(connected(), 'SUBSCRIBE\nid:1\n\n^@', 'SUBSCRIBE without destination')
    refuses(connected(), 'SUBSCRIBE\nid:1\ndestination:\n\n^@', 'SUBSCRIBE without destination')
    refuses(connected(), 'UNSUBSCRIBE\ndestination:/a\n\n^@', 'UNSUBSCRIBE without id')
    refuses(connected(), 'UNSUBSCRIBE\nid:1\nreceipt:5\n\n^@', 'no subscription "1"', '\nreceipt-id:5')
    refuses(connected(), 'SUBSCRIBE\nid:1\ndestination:/a\nack:never\n\n^@', 'unknown ack mode "never"')
    const old = new FakeHost().connected('1.0')
    refuses(old, 'SUBSCRIBE\ndestination:/a\nack:client-individual\n\n^@', 'unknown ack mode "client-individual"')
    const twice = connected()
    twice.say('SUBSCRIBE\nid:1\ndestination:/a\n\n^@')
    refuses(twice, 'SUBSCRIBE\nid:1\ndestination:/b\n\n^@', 'subscription "1" exists')
    const many = connected()
    many.say('SUBSCRIBE\nid:1\ndestination:/a\n\n^@SUBSCRIBE\nid:2\ndestination:/a\n\n^@')
    refuses(many, 'SUBSCRIBE\nid:3\ndestination:/a\n\n^@', 'too many subscriptions')
  })

  test('a receipt waits for the promise, and does not come when it fails', async () => {
    const host = connected()
    const first = Promise.withResolvers<void>()
    host.answers.push(first.promise, Promise.reject(new Error('forbidden')))
    host.say('SUBSCRIBE\nid:1\ndestination:/a\nreceipt:1\n\n^@SUBSCRIBE\nid:2\ndestination:/b\nreceipt:2\n\n^@')
    await turn()
    assert.deepEqual(host.news(), [])
    assert.equal(host.heard.at(-1), 'failed SUBSCRIBE forbidden')
    first.resolve()
    await turn()
    assert.deepEqual(host.news(), [receipt('1')])
    host.say('UNSUBSCRIBE\nid:2\n\n^@')
    assert.equal(host.session.state, 'connected')
  })
})

describe('SEND', () => {
  test('the receipt comes when the message is durable', async () => {
    const host = new FakeHost().connected('1.2')
    const { promise, resolve } = Promise.withResolvers<void>()
    host.answers.push(promise)
    assert.deepEqual(host.say('SEND\ndestination:/a\nreceipt:1\n\nhi^@', 'SEND\ndestination:/a\nreceipt:2\n\nyo^@'), [
      receipt('2'),
    ])
    resolve()
    await turn()
    assert.deepEqual(host.news(), [receipt('1')])
    assert.deepEqual(host.heard, ['send /a hi', 'send /a yo'])
  })

  test('no receipt for what failed; what to say is the host’s', async () => {
    const host = new FakeHost().connected('1.2')
    host.answers.push(Promise.reject(new Error('disk full')), () => {
      throw new Error('frozen')
    })
    host.say('SEND\ndestination:/a\nreceipt:1\n\nhi^@', 'SEND\ndestination:/a\nreceipt:2\n\nhi^@')
    await turn()
    assert.deepEqual(host.news(), [])
    assert.deepEqual(host.heard.slice(2), ['failed SEND frozen', 'failed SEND disk full'])
    assert.equal(host.session.state, 'connected')
  })

  test('a StompError of the host is a refusal, thrown or rejected', async () => {
    const refusal = 'ERROR\nmessage:no\nreceipt-id:1\ncontent-length:0\n\n^@'
    const thrown = new FakeHost().connected('1.2')
    thrown.answers.push(() => {
      throw new StompError('no')
    })
    assert.deepEqual(thrown.say('SEND\ndestination:/a\nreceipt:1\n\nhi^@'), [refusal])
    const rejected = new FakeHost().connected('1.2')
    rejected.answers.push(Promise.reject(new StompError('no')))
    rejected.say('SEND\ndestination:/a\nreceipt:1\n\nhi^@')
    await turn()
    assert.deepEqual(rejected.news(), [refusal])
  })

  test('a host that fails at failing closes the connection and nothing else', () => {
    const host = new FakeHost().connected('1.2')
    host.answers.push(() => {
      throw new Error('bug')
    })
    host.onFailed = () => {
      throw new Error('another')
    }
    assert.deepEqual(host.say('SEND\ndestination:/a\n\nhi^@'), error('internal error'))
  })

  test('without a destination, or malformed', () => {
    refuses(new FakeHost().connected('1.2'), 'SEND\nreceipt:3\n\nx^@', 'SEND without destination', '\nreceipt-id:3')
    const text = 'SEND\nreceipt:3\nx\n\n^@'
    refuses(new FakeHost().connected('1.2'), text, 'header line without a colon\\c "x"', '\nreceipt-id:3')
  })

  test('what the host leaves open is bounded', () => {
    const host = new FakeHost({ limits: { maxUnsettledBytes: 1_000 } }).connected('1.2')
    host.answers.push(new Promise(() => undefined), new Promise(() => undefined))
    host.say('SEND\ndestination:/a\n\nx^@')
    refuses(host, `SEND\ndestination:/a\n\n${'x'.repeat(200)}^@`, 'too many frames under way')
  })
})

describe('ACK and NACK', () => {
  test('each version has its headers', () => {
    assert.deepEqual(new FakeHost().connected('1.0').say('ACK\nmessage-id:1\nreceipt:1\n\n^@'), [receipt('1')])
    assert.deepEqual(new FakeHost().connected('1.1').say('NACK\nsubscription:0\nmessage-id:1\nreceipt:1\n\n^@'), [
      receipt('1'),
    ])
    assert.deepEqual(new FakeHost().connected('1.2').say('ACK\nid:1\nreceipt:1\n\n^@'), [receipt('1')])
    refuses(new FakeHost().connected('1.0'), 'ACK\n\n^@', 'ACK without message-id')
    refuses(new FakeHost().connected('1.0'), 'NACK\nmessage-id:1\n\n^@', 'NACK is not in STOMP 1.0')
    refuses(new FakeHost().connected('1.1'), 'ACK\nmessage-id:1\n\n^@', 'ACK without subscription')
    refuses(new FakeHost().connected('1.1'), 'NACK\nsubscription:1\n\n^@', 'NACK without message-id')
    refuses(new FakeHost().connected('1.2'), 'NACK\nmessage-id:1\n\n^@', 'NACK without id')
  })
})

describe('transactions', () => {
  const send = (transaction: string, body: string): string =>
    `SEND\ndestination:/a\ntransaction:${transaction}\nreceipt:${body}\n\n${body}^@`

  test('SEND and ACK wait for COMMIT and are executed in order', () => {
    const host = new FakeHost().connected('1.2')
    assert.deepEqual(host.say('BEGIN\ntransaction:t\nreceipt:b\n\n^@'), [receipt('b')])
    assert.deepEqual(host.say(send('t', 'x'), 'ACK\nid:1\ntransaction:t\nreceipt:k\n\n^@', send('t', 'y')), [])
    assert.deepEqual(host.heard, [])
    assert.deepEqual(host.say('COMMIT\ntransaction:t\nreceipt:c\n\n^@'), ['x', 'k', 'y', 'c'].map(receipt))
    assert.deepEqual(host.heard, ['send /a x', 'send /a y'])
    refuses(host, 'COMMIT\ntransaction:t\n\n^@', 'no transaction "t"')
  })

  test('COMMIT is answered when all its messages are durable, and before DISCONNECT is', async () => {
    const host = new FakeHost().connected('1.2')
    const { promise, resolve } = Promise.withResolvers<void>()
    host.answers.push(promise)
    host.say('BEGIN\ntransaction:t\n\n^@', send('t', 'x'), send('t', 'y'))
    assert.deepEqual(host.say('COMMIT\ntransaction:t\nreceipt:c\n\n^@DISCONNECT\nreceipt:d\n\n^@'), [receipt('y')])
    resolve()
    await turn()
    assert.deepEqual(host.news(), ['x', 'c', 'd'].map(receipt))
  })

  test('no receipt for a COMMIT with a message that failed, in its promise or at once', async () => {
    const host = new FakeHost().connected('1.2')
    host.answers.push(Promise.reject(new Error('full')))
    host.say('BEGIN\ntransaction:t\n\n^@', send('t', 'x'), send('t', 'y'), 'COMMIT\ntransaction:t\nreceipt:c\n\n^@')
    host.answers.push(() => {
      throw new Error('frozen')
    })
    host.say('BEGIN\ntransaction:t\n\n^@', send('t', 'x'), send('t', 'z'), 'COMMIT\ntransaction:t\nreceipt:c\n\n^@')
    await turn()
    assert.deepEqual(host.written, [])
    assert.deepEqual(host.heard.slice(2), ['send /a x', 'failed SEND frozen', 'send /a z', 'failed SEND full'])
    const throwing = (): never => {
      throw new Error('frozen')
    }
    host.answers.push(throwing, Promise.resolve())
    host.say('BEGIN\ntransaction:t\n\n^@', send('t', 'x'), send('t', 'v'), 'COMMIT\ntransaction:t\nreceipt:c\n\n^@')
    await turn()
    assert.deepEqual(host.news(), [receipt('v')])
  })

  test('ABORT drops them without receipts', () => {
    const host = new FakeHost().connected('1.2')
    host.say('BEGIN\ntransaction:t\n\n^@', send('t', 'x'))
    assert.deepEqual(host.say('ABORT\ntransaction:t\nreceipt:a\n\n^@'), [receipt('a')])
    host.say('BEGIN\ntransaction:t\n\n^@', send('t', 'y'), 'DISCONNECT\n\n^@')
    assert.deepEqual(host.heard, ['disconnected'])
  })

  test('a refusal in the middle of a COMMIT ends it', () => {
    const host = new FakeHost().connected('1.2')
    host.answers.push(() => {
      throw new StompError('no')
    })
    host.say('BEGIN\ntransaction:t\n\n^@', send('t', 'x'), send('t', 'y'))
    assert.deepEqual(host.say('COMMIT\ntransaction:t\nreceipt:c\n\n^@'), error('no', '\nreceipt-id:x'))
    assert.deepEqual(host.heard, ['send /a x'])
  })

  test('refusals', () => {
    for (const command of ['BEGIN', 'COMMIT', 'ABORT'])
      refuses(new FakeHost().connected('1.2'), `${command}\n\n^@`, `${command} without transaction`)
    refuses(new FakeHost().connected('1.2'), 'ABORT\ntransaction:t\n\n^@', 'no transaction "t"')
    refuses(new FakeHost().connected('1.2'), 'COMMIT\ntransaction:t\n\n^@', 'no transaction "t"')
    refuses(new FakeHost().connected('1.2'), send('t', '1'), 'no transaction "t"', '\nreceipt-id:1')
    refuses(new FakeHost().connected('1.2'), 'ACK\nid:1\ntransaction:t\n\n^@', 'no transaction "t"')
    const begun = (limits = {}): FakeHost => {
      const host = new FakeHost({ limits }).connected('1.2')
      host.say('BEGIN\ntransaction:t\n\n^@')
      return host
    }
    refuses(begun(), 'BEGIN\ntransaction:t\n\n^@', 'transaction "t" has already begun')
    refuses(begun({ maxTransactions: 1 }), 'BEGIN\ntransaction:u\n\n^@', 'too many open transactions')
    const one = begun({ maxTransactionFrames: 1 })
    one.say(send('t', '1'))
    refuses(one, 'ACK\nid:1\ntransaction:t\n\n^@', 'too many frames in transaction "t"')
    const large = `SEND\ndestination:/a\ntransaction:t\n\n${'x'.repeat(500)}^@`
    refuses(begun({ maxTransactionBytes: 1_000 }), large, 'transaction "t" is too large')
    refuses(begun(), 'SEND\ntransaction:t\n\n^@', 'SEND without destination')
  })
})
