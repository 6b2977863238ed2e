import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppId } from '../../../core/model.ts'
import type { LaravelApp, LaravelSettings } from '../settings.ts'
import { patternOf, Prefixes } from './prefixes.ts'

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

test('a prefix is taken by the letter', () => {
  assert.equal(patternOf('a*b?[c]\\-'), 'a\\*b\\?\\[c\\]\\\\-*')
})
