import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ackText, connectText, decodePacket, disconnectText, eventPrefix, refusalText } from './packet.ts'

describe('packets that come', () => {
  for (const [text, packet] of [
    ['0', { type: 'connect', namespace: '/', query: '', auth: null }],
    ['0/admin', { type: 'connect', namespace: '/admin', query: '', auth: null }],
    ['0/admin,', { type: 'connect', namespace: '/admin', query: '', auth: null }],
    ['0/admin,{"token":"x"}', { type: 'connect', namespace: '/admin', query: '', auth: { token: 'x' } }],
    ['0{"token":"x"}', { type: 'connect', namespace: '/', query: '', auth: { token: 'x' } }],
    ['0/admin?token=x', { type: 'connect', namespace: '/admin', query: 'token=x', auth: null }],
    ['0/admin?token=x,', { type: 'connect', namespace: '/admin', query: 'token=x', auth: null }],
    ['1', { type: 'disconnect', namespace: '/' }],
    ['1/admin,', { type: 'disconnect', namespace: '/admin' }],
    ['2["hi"]', { type: 'event', namespace: '/', ackId: null, name: 'hi', args: [] }],
    ['2/a,12["hi",1,{"b":[]}]', { type: 'event', namespace: '/a', ackId: 12, name: 'hi', args: [1, { b: [] }] }],
    ['20["hi?,"]', { type: 'event', namespace: '/', ackId: 0, name: 'hi?,', args: [] }],
    ['2/a,["?"]', { type: 'event', namespace: '/a', ackId: null, name: '?', args: [] }],
    ['2[7,"x"]', { type: 'event', namespace: '/', ackId: null, name: '7', args: ['x'] }],
    ['2["constructor",{"constructor":1}]', constructorEvent()],
    ['3/a,1["x"]', { type: 'ack', namespace: '/a' }],
  ] as const) {
    it(text, () => assert.deepEqual(decodePacket(text), packet))
  }

  for (const text of [
    '',
    'x',
    '4"error"',
    '51-["binary",{"_placeholder":true,"num":0}]',
    '61-1[{"_placeholder":true,"num":0}]',
    '7',
    '0/admin,[]',
    '0/admin,"token"',
    '0/admin,{',
    '1/admin,x',
    '2',
    '2{}',
    '2[]',
    '2[null]',
    '2["connect"]',
    '2["disconnecting"]',
    '2["newListener"]',
    '2["hi"',
    '2["hi",{"__proto__":{"admin":true}}]',
    '2["hi",[[{"a":{"__proto__":1}}]]]',
    '0{"__proto__":{"token":"x"}}',
    `2${'1'.repeat(16)}["hi"]`,
    `2/${'a'.repeat(200)},["hi"]`,
    `2["hi",${'['.repeat(40)}${']'.repeat(40)}]`,
    `2["hi",${'['.repeat(60_000)}${']'.repeat(60_000)}]`,
    `2["hi",${'{"a":'.repeat(20_000)}`,
  ]) {
    it(`refuses ${text.slice(0, 60)}`, () => assert.equal(decodePacket(text), null))
  }

  it('are refused or understood, whatever they are', () => {
    const pieces = fc.constantFrom(
      '0',
      '1',
      '2',
      '3',
      '5',
      '/',
      ',',
      '?',
      '-',
      '["a"]',
      '{"b":1}',
      '"',
      '[',
      '12',
      '가',
    )
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const packet = decodePacket(parts.join(''))
        assert.ok(packet === null || ['connect', 'disconnect', 'event', 'ack'].includes(packet.type))
      }),
    )
  })

  it('say what an event said', () => {
    const names = fc.string().filter((name) => !/^(dis)?connect|newListener|removeListener/.test(name))
    const values = fc.array(
      fc.jsonValue({ maxDepth: 5 }).filter((value) => !JSON.stringify(value).includes('__proto__')),
    )
    const namespaces = fc.constantFrom('/', '/a', '/socket/commu-0123')
    fc.assert(
      fc.property(namespaces, fc.option(fc.nat()), names, values, (namespace, ackId, name, args) => {
        const prefix = eventPrefix(namespace).slice(1)
        const text = `${prefix}${ackId ?? ''}${JSON.stringify([name, ...args])}`
        // JSON has no -0.
        const plain = JSON.parse(JSON.stringify(args)) as unknown
        assert.deepEqual(decodePacket(text), { type: 'event', namespace, ackId, name, args: plain })
      }),
    )
  })
})

it('packets that go', () => {
  assert.equal(connectText('/', null), '40')
  assert.equal(connectText('/a', { sid: 'x' }), '40/a,{"sid":"x"}')
  assert.equal(disconnectText('/a'), '41/a,')
  assert.equal(eventPrefix('/'), '42')
  assert.equal(ackText('/a', 7, [{ written: true }]), '43/a,7[{"written":true}]')
  assert.equal(refusalText('/a', { message: 'Unauthorized' }), '44/a,{"message":"Unauthorized"}')
})

function constructorEvent() {
  const args = [JSON.parse('{"constructor":1}') as unknown]
  return { type: 'event', namespace: '/', ackId: null, name: 'constructor', args } as const
}
