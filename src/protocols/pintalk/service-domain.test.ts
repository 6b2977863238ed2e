import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOriginOf, toServiceDomain } from './service-domain.ts'

test('what people write as the domain of their website', () => {
  for (const [written, domain] of [
    ['shop.example', 'shop.example'],
    ['Shop.Example', 'shop.example'],
    ['localhost:8080', 'localhost:8080'],
    ['https://shop.example/ko/index.html?a=b', 'shop.example'],
    ['HTTP://shop.example:8080', 'shop.example:8080'],
    ['shop.example:443', 'shop.example'],
    ['shop.example:80', 'shop.example'],
    ['https://shop.example:443', 'shop.example'],
    ['핀톡.한국', 'xn--wy7b79d.xn--3e0b707e'],
    ['127.0.0.1:3000', '127.0.0.1:3000'],
    ['[::1]:3000', '[::1]:3000'],
    ['', null],
    ['https://', null],
    ['two words', null],
    ['user:secret@shop.example', null],
    ['ftp://shop.example', null],
    ['*', null],
    [`${'a'.repeat(200)}.example`, null],
  ] as const) {
    assert.equal(toServiceDomain(written), domain, written)
  }
})

test('which pages are of the website', () => {
  for (const [origin, isOf] of [
    ['https://shop.example', true],
    ['http://shop.example', true],
    ['https://shop.example:8443', false],
    ['https://www.shop.example', false],
    ['https://shop.example.evil.example', false],
    ['https://evil.example/shop.example', false],
    ['https://evil.example#shop.example', false],
    ['file://shop.example', false],
    ['shop.example', false],
    ['null', false],
    ['', false],
    [undefined, false],
  ] as const) {
    assert.equal(isOriginOf('shop.example', origin), isOf, String(origin))
  }
})
