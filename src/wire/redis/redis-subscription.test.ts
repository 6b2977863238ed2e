import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { Inbox } from '../../../test/support/inbox.ts'
import { RecordedLog } from '../../../test/support/recorded-log.ts'
import { RedisServer } from '../../../test/support/redis-server.ts'
import { RedisSubscription } from './redis-subscription.ts'

let redis: RedisServer
let log: RecordedLog
let heard: Inbox<string>
let subscription: RedisSubscription
before(async () => (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())
beforeEach(() => {
  log = new RecordedLog()
  heard = new Inbox((text) => text)
  subscription = new RedisSubscription({
    url: redis.url,
    name: 'a test’s',
    patterns: ['a-*', 'a-b-*'],
    heard: (pattern, channel, payload) => {
      if (channel === 'a-throws') throw new Error('a mistake of ours')
      heard.put(`${pattern} ${channel} ${payload.toString('hex')}`)
    },
    log,
    now: Date.now,
    retryMs: () => 10,
    silenceMs: 200,
  })
})
afterEach(() => subscription.stop())

const next = (): Promise<string> => heard.take('a message', () => true)

async function ready(): Promise<void> {
  const line = log.next('info')
  subscription.start()
  assert.equal((await line).message, 'listening to Redis')
  assert.equal(subscription.state.state, 'ready')
}

test('what is published is heard, as bytes, once for each pattern', async () => {
  await ready()
  await redis.publish('other', 'x')
  await redis.publish('a-1', Buffer.from([0xff, 0x00]))
  assert.equal(await next(), 'a-* a-1 ff00')
  await redis.publish('a-b-1', '')
  assert.deepEqual([await next(), await next()].sort(), ['a-* a-b-1 ', 'a-b-* a-b-1 '])
})

test('a listener that throws is logged, and goes on hearing', async () => {
  await ready()
  const error = log.next('error')
  await redis.publish('a-throws', 'x')
  await redis.publish('a-2', 'x')
  assert.match(await next(), /a-2/)
  assert.equal((await error).message, 'what was published to Redis could not be handled')
})

test('a server that hangs without a word is noticed, and heard again when it answers', async () => {
  await ready()
  const lost = log.next('warn')
  redis.pause()
  subscription.sweep(Date.now())
  assert.match(String((await lost).fields['reason']), /timeout/i)
  assert.equal(subscription.state.state, 'waiting')
  const back = log.next('info')
  redis.resume()
  await back
  await redis.publish('a-3', 'x')
  assert.match(await next(), /a-3/)
})

test('stopped, it is quiet and stays away', async () => {
  await ready()
  subscription.stop()
  while ((await redis.publish('a-4', 'x')) > 0) await new Promise(setImmediate)
  assert.deepEqual(log.of('warn'), [])
  assert.deepEqual(heard.drain(), [])
})
