import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppId } from '../../../core/model.ts'
import type { Knock } from '../../../wire/socketio/service.ts'
import type { LaravelApp, LaravelSettings } from '../settings.ts'
import { appFor } from './choice.ts'

const settings: Omit<LaravelSettings, 'id' | 'key'> = {
  secret: 'secret',
  jwtSecret: 'jwt secret',
  channels: new Map(),
  redisUrl: null,
  redisPrefix: '',
  callbackUrl: null,
  authEndpoint: null,
  clientEvents: true,
  webhooks: [],
}

function laravelApp(name: string, origins: readonly string[], authEndpoint: string | null = null): LaravelApp {
  const app = { id: name as AppId, name, origins }
  return { app, settings: { ...settings, id: `${name}-id`, key: `${name}-key`, authEndpoint } }
}

function knock(given: Partial<Knock> = {}): Knock {
  return { namespace: '/', auth: {}, query: {}, headers: {}, address: '::1', origin: null, revision: 4, ...given }
}

/** What a client is told that has no app. */
function advice(asking: Knock, apps: readonly LaravelApp[]): string {
  const app = appFor(asking, apps)
  assert.ok(typeof app === 'string', 'it has one')
  return app
}

const shop = laravelApp('shop', ['https://shop.example'])
const blog = laravelApp('blog', ['https://blog.example', 'https://shop.example:8443'])
const both = [shop, blog]

test('the only app there is needs no name', () => {
  assert.equal(appFor(knock(), [shop]), shop)
  assert.equal(appFor(knock({ origin: 'https://elsewhere.example' }), [shop]), shop)
})

test('a client names its app by id or key, in auth or in the address', () => {
  assert.equal(appFor(knock({ auth: { appId: 'blog-id' } }), both), blog)
  assert.equal(appFor(knock({ auth: { headers: {}, key: 'blog-key' } }), both), blog)
  assert.equal(appFor(knock({ query: { appId: 'shop-id' } }), both), shop)
  assert.equal(appFor(knock({ query: { key: 'shop-key' }, origin: 'https://blog.example' }), both), shop)
})

test('a name of nobody’s leads nowhere', () => {
  assert.match(advice(knock({ query: { appId: 'other' } }), [shop]), /no such application/)
  // Fields that no client wrote.
  assert.equal(appFor(knock({ auth: { __proto__: { appId: 'blog-id' } } }), [shop]), shop)
  assert.equal(appFor(knock({ auth: { appId: 7, key: ['x'] } }), [shop]), shop)
})

test('else the page’s origin tells', () => {
  assert.equal(appFor(knock({ origin: 'https://shop.example' }), both), shop)
  assert.equal(appFor(knock({ origin: 'https://shop.example:8443' }), both), blog)
})

test('else it is the only one that says who may join channels', () => {
  const asked = laravelApp('asked', [], 'https://asked.example/broadcasting/auth')
  assert.equal(appFor(knock(), [...both, asked]), asked)
  assert.equal(appFor(knock({ origin: 'https://shop.example' }), [...both, asked]), shop)
})

test('where nothing tells, the client is told what to do', () => {
  assert.match(advice(knock(), both), /query: \{ appId/)
  const twins = [laravelApp('a', ['https://a.example']), laravelApp('b', ['https://a.example'])]
  assert.match(advice(knock({ origin: 'https://a.example' }), twins), /query: \{ appId/)
})
