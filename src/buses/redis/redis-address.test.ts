import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseRedisAddress } from './redis-address.ts'

const plain = {
  kind: 'plain',
  tls: false,
  hosts: [{ host: 'redis', port: 6379 }],
  username: null,
  password: null,
  db: 0,
  masterName: null,
  sentinelPassword: null,
}

const addresses: Record<string, object> = {
  'redis://redis': plain,
  'redis://redis/': plain,
  'rediss://redis:6380/2': { ...plain, tls: true, hosts: [{ host: 'redis', port: 6380 }], db: 2 },
  'redis://:p%40ss:word@[::1]:7000': { ...plain, hosts: [{ host: '::1', port: 7000 }], password: 'p@ss:word' },
  'redis://me:100%@redis': { ...plain, username: 'me', password: '100%' },
  'redis-sentinel://:word@one,two:7001/main/3?sentinelPassword=other': {
    ...plain,
    kind: 'sentinel',
    hosts: [
      { host: 'one', port: 26379 },
      { host: 'two', port: 7001 },
    ],
    password: 'word',
    db: 3,
    masterName: 'main',
    sentinelPassword: 'other',
  },
  'rediss-cluster://me:word@one,two:7001': {
    ...plain,
    kind: 'cluster',
    tls: true,
    hosts: [
      { host: 'one', port: 6379 },
      { host: 'two', port: 7001 },
    ],
    username: 'me',
    password: 'word',
  },
}

for (const [url, expected] of Object.entries(addresses)) {
  it(`reads ${url}`, () => assert.deepEqual(parseRedisAddress(url), expected))
}

const wrong = [
  '',
  'http://redis',
  'redis://:secret@',
  'redis://:secret@a/b/c',
  'redis://:secret@redis/main',
  'redis://:secret@redis/-1',
  'redis://:secret@redis:port',
  'redis-sentinel://:secret@one',
  'redis-cluster://:secret@one/1',
]

for (const url of wrong) {
  it(`refuses ${url || 'nothing'} without repeating it`, () => {
    assert.throws(
      () => parseRedisAddress(url),
      (error: Error) =>
        (!error.message.includes('secret') && error.message.startsWith('the ')) || error.message.startsWith('a '),
    )
  })
}
