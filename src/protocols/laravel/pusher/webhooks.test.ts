import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { App, AppId, Meta } from '../../../core/model.ts'
import { loneNode } from '../../../../test/support/lone-node.ts'
import { sign } from '../../../wire/pusher/signatures.ts'
import type { Occurrence } from '../channels.ts'
import type { LaravelApp } from '../settings.ts'
import type { Notice } from './webhook-events.ts'
import { PusherWebhooks, pusherWebhook } from './webhooks.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const app: App = { id: 'shop' as AppId, name: 'Shop', origins: [] }
const events = ['channel_occupied', 'channel_vacated', 'member_added', 'member_removed', 'client_event', 'cache_miss']
const all = { url: 'http://127.0.0.1/all', events }
const whispers = { url: 'http://127.0.0.1/whispers', events: ['client_event'] }
const withHooks = (webhooks: readonly object[]): LaravelApp =>
  ({ app, settings: { key: 'shop-key', secret: 'shop secret', webhooks } }) as unknown as LaravelApp
const shop = withHooks([all, whispers])

let now: number
let kept: Meta[]
let webhooks: PusherWebhooks

beforeEach(() => {
  now = 1_700_000_000_000
  kept = []
  const add = async (_appId: AppId, body: Meta): Promise<boolean> => kept.push(body) > 0
  webhooks = new PusherWebhooks({ apps: [shop], nodes: loneNode(), isAlone: true, add, log: quiet, now: () => now })
})

const happens = (type: Occurrence['type'], userId = 'ana'): void =>
  webhooks.happened({ type, app, channel: 'presence-x', ...(type.startsWith('member') && { userId }) } as Occurrence)

/** What was told since the last time, by webhook. */
function told(): { url: unknown; names: string[] }[] {
  return kept.splice(0).map(({ url, text }) => {
    const { time_ms: time, events } = JSON.parse(String(text)) as { time_ms: number; events: Notice[] }
    assert.equal(time, now)
    return { url, names: events.map((one) => ('user_id' in one ? `${one.name} ${one.user_id}` : one.name)) }
  })
}

describe('webhooks', () => {
  test('what happens between two sweeps goes in one call', () => {
    happens('channel_occupied')
    happens('member_added', 'ana')
    happens('member_added', 'bo')
    assert.deepEqual(told(), [])
    webhooks.sweep(now)
    assert.deepEqual(told(), [{ url: all.url, names: ['channel_occupied', 'member_added ana', 'member_added bo'] }])
    webhooks.sweep(now)
    assert.deepEqual(told(), [])
  })

  test('who comes back within three seconds was never away', () => {
    happens('member_removed')
    happens('channel_vacated')
    webhooks.sweep((now += 2999))
    happens('channel_occupied')
    happens('member_added')
    webhooks.sweep((now += 10_000))
    assert.deepEqual(told(), [])
    happens('member_removed')
    webhooks.sweep((now += 3000))
    assert.deepEqual(told(), [{ url: all.url, names: ['member_removed ana'] }])
    happens('member_added')
    webhooks.sweep(now)
    assert.deepEqual(told(), [{ url: all.url, names: ['member_added ana'] }])
  })

  test('each webhook is told what it wants', () => {
    const whisper = {
      name: 'client_event',
      channel: 'private-x',
      event: 'client-x',
      data: '1',
      socket_id: '1.1',
    } as const
    webhooks.notify(shop, whisper)
    webhooks.notify(shop, { name: 'cache_miss', channel: 'cache-x' })
    webhooks.notify(withHooks([]), whisper)
    webhooks.sweep(now)
    assert.deepEqual(told(), [
      { url: all.url, names: ['client_event', 'cache_miss'] },
      { url: whispers.url, names: ['client_event'] },
    ])
  })

  test('a call holds so many, and so much', () => {
    for (let n = 0; n < 101; n++) webhooks.notify(shop, { name: 'cache_miss', channel: `cache-${n}` })
    assert.deepEqual(
      told().map(({ names }) => names.length),
      [100],
    )
    const data = `"${'x'.repeat(10_000)}"`
    for (let n = 0; n < 14; n++) {
      webhooks.notify(shop, { name: 'client_event', channel: 'private-x', event: 'client-x', data, socket_id: '1.1' })
    }
    assert.deepEqual(
      told().map(({ names }) => names.length),
      [15, 14],
    )
  })

  test('at the end nothing is left untold', async () => {
    happens('channel_vacated')
    await webhooks.close()
    assert.deepEqual(told(), [{ url: all.url, names: ['channel_vacated'] }])
  })

  test('the call is signed with the secret of now, to a webhook of now', () => {
    const body = { url: all.url, text: '{}' }
    assert.deepEqual(pusherWebhook([shop], { appId: app.id, body }), {
      url: all.url,
      headers: {
        'Content-Type': 'application/json',
        'X-Pusher-Key': 'shop-key',
        'X-Pusher-Signature': sign('shop secret', '{}'),
      },
      body: '{}',
      publicOnly: false,
    })
    assert.equal(pusherWebhook([withHooks([whispers])], { appId: app.id, body }), null)
    assert.equal(pusherWebhook([], { appId: app.id, body }), null)
  })
})
