import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { authHeaders, mayUseCookies } from './auth-headers.ts'

describe('the client’s own headers', () => {
  test('credentials go on, under their usual names', () => {
    const given = { authorization: 'Bearer t', 'x-csrf-token': 'c', 'X-XSRF-TOKEN': 'x', COOKIE: 'laravel_session=1' }
    assert.deepEqual(authHeaders(given), {
      Authorization: 'Bearer t',
      'X-CSRF-TOKEN': 'c',
      'X-XSRF-TOKEN': 'x',
      Cookie: 'laravel_session=1',
    })
  })

  test('what an application or Node would believe is dropped', () => {
    const given = {
      Host: 'admin.internal',
      'X-Forwarded-For': '127.0.0.1',
      'X-Forwarded-Host': 'admin.internal',
      'X-HTTP-Method-Override': 'DELETE',
      'Content-Length': '0',
      'Transfer-Encoding': 'chunked',
      'Content-Type': 'application/json',
      Connection: 'upgrade',
      __proto__: { Authorization: 'Bearer p' },
    }
    assert.deepEqual(authHeaders(given), {})
  })

  test('no value makes two headers of one, and none is too long', () => {
    for (const value of [
      'Bearer t\r\nX-Admin: 1',
      'Bearer t\nX-Admin: 1',
      'a\0b',
      '한글',
      'a'.repeat(8193),
      7,
      null,
      {},
    ]) {
      assert.deepEqual(authHeaders({ Authorization: value }), {}, JSON.stringify(value))
    }
  })

  test('whatever is given, Node takes what comes out', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('Authorization', 'cookie', 'X-CSRF-TOKEN', '__proto__'))
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue())), (given) => {
        new Headers(Object.entries(authHeaders(given)).map(([key, value]) => [key, value]))
        for (const value of Object.values(authHeaders(given))) assert.doesNotMatch(value, /[\r\n\0]/)
      }),
    )
    assert.deepEqual(authHeaders(null), {})
  })
})

describe('a browser’s cookies', () => {
  const host = 'chat.shop.example'

  test('are used for the app’s own pages, and those of our own host', () => {
    assert.equal(mayUseCookies(['https://shop.example'], { origin: 'https://shop.example', host }), true)
    assert.equal(mayUseCookies([], { origin: 'https://chat.shop.example', host }), true)
    assert.equal(mayUseCookies([], { origin: null, host }), true, 'no other page')
    assert.equal(mayUseCookies(['*'], { origin: 'http://localhost:3000', host: '127.0.0.1:8080' }), true)
  })

  test('are not used for a page of elsewhere', () => {
    for (const origins of [['https://shop.example'], ['*'], []]) {
      for (const origin of ['https://evil.example', 'null', 'file://', 'chrome-extension://x', '', 'x']) {
        assert.equal(mayUseCookies(origins, { origin, host }), false, `${origins} ${origin}`)
      }
    }
    assert.equal(mayUseCookies([], { origin: 'http://localhost:3000', host }), false)
    assert.equal(mayUseCookies([], { origin: 'http://localhost:3000', host: undefined }), false)
  })
})
