import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppId } from '../../../core/model.ts'
import type { LaravelApp, LaravelSettings } from '../settings.ts'
import { patternOf, Prefixes, serverOf } from './prefixes.ts'

function appWith(redisPrefix: string): LaravelApp {
  return { app: { id: redisPrefix as AppId, name: '', origins: [] }, settings: { redisPrefix } as LaravelSettings }
}

test('a channel is the app’s whose prefix is the longest, by one of the patterns that match', () => {
  const apps = ['', 'shop-', 'shop-test-'].map(appWith)
  const prefixes = new Prefixes(apps)
  const [all, shop, test] = apps
  assert.equal(prefixes.appOf('shop-test-*', 'shop-test-broadcast'), test)
  assert.equal(prefixes.appOf('shop-*', 'shop-test-broadcast'), null)
  assert.equal(prefixes.appOf('*', 'shop-test-broadcast'), null)
  assert.equal(prefixes.appOf('shop-*', 'shop-broadcast'), shop)
  assert.equal(prefixes.appOf('*', 'broadcast'), all)
  assert.equal(new Prefixes([appWith('a-')]).appOf('a-*', 'b'), null)
})

test('a Redis is one, whatever the database and the password', () => {
  const same = [
    'redis://cache',
    'redis://cache:6379',
    'redis://cache/1',
    'redis://user:word@cache:6379/2',
    'rediss://cache',
  ]
  for (const url of same) assert.equal(serverOf(url), 'cache:6379', url)
  assert.equal(serverOf('redis://cache:6380/0'), 'cache:6380')
})

test('a prefix is taken by the letter', () => {
  assert.equal(patternOf('a*b?[c]\\-'), 'a\\*b\\?\\[c\\]\\\\-*')
})
