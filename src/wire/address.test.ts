import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { addressBlock, clientAddress } from './address.ts'

const from = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage

test('without proxies the header is a lie', () => {
  assert.equal(clientAddress(from('192.0.2.1', '198.51.100.7'), 0), '192.0.2.1')
  assert.equal(clientAddress(from('::ffff:192.0.2.1'), 0), '192.0.2.1')
  assert.equal(clientAddress(from('2001:db8::1'), 0), '2001:db8::1')
  assert.equal(clientAddress(from(undefined), 0), '')
})

test('with proxies, what the outermost trusted one wrote', () => {
  const forwarded = '203.0.113.9, 198.51.100.7, 10.0.0.2'
  assert.equal(clientAddress(from('10.0.0.1', forwarded), 1), '10.0.0.2')
  assert.equal(clientAddress(from('10.0.0.1', forwarded), 2), '198.51.100.7')
  assert.equal(clientAddress(from('10.0.0.1', '198.51.100.7'), 2), '198.51.100.7')
  assert.equal(clientAddress(from('10.0.0.1'), 1), '10.0.0.1')
})

test('forms that proxies write, and nonsense', () => {
  const expected: [string, string][] = [
    ['198.51.100.7:4711', '198.51.100.7'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['unknown', '10.0.0.1'],
    ['', '10.0.0.1'],
    ['198.51.100.7, ', '10.0.0.1'],
    ['999.1.1.1', '10.0.0.1'],
  ]
  for (const [header, address] of expected) assert.equal(clientAddress(from('10.0.0.1', header), 1), address, header)
})

test('an IPv6 client is its /64', () => {
  const expected: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:7:1:2:3:4', '2001:db8:0:7::/64'],
    ['2001:DB8:0000:0007::1', '2001:db8:0:7::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001::1', '2001:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3::4:5:6', '1:2:3:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6::', '1:2:3:4::/64'],
    ['', ''],
  ]
  for (const [address, block] of expected) assert.equal(addressBlock(address), block)
})
