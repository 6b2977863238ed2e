import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeHeader, unescapeHeader } from './escape.ts'

const raw = 'a:b\\c\nd\re'

test('each version escapes what it has a word for, and nothing else leaves raw', () => {
  assert.equal(escapeHeader(raw, '1.2'), 'a\\cb\\\\c\\nd\\re')
  assert.equal(escapeHeader(raw, '1.1'), 'a\\cb\\\\c\\nd e')
  assert.equal(escapeHeader(raw, '1.0'), 'a:b\\c d e')
  for (const version of ['1.0', '1.1', '1.2'] as const) assert.equal(escapeHeader('a\0b', version), 'a b')
})

test('unescaping reads each escape once, from the left', () => {
  assert.equal(unescapeHeader('a\\cb\\\\c\\nd\\re', '1.2'), raw)
  assert.equal(unescapeHeader('\\\\n', '1.2'), '\\n')
  assert.equal(unescapeHeader('\\\\\\n', '1.1'), '\\\n')
  assert.equal(unescapeHeader('a\\cb', '1.0'), 'a\\cb')
})

test('an undefined escape is fatal', () => {
  for (const text of ['\\t', 'a\\', '\\C', '\\\n', '\\c\\0']) {
    assert.throws(() => unescapeHeader(text, '1.2'), { name: 'StompError', message: /^undefined escape/ })
    assert.throws(() => unescapeHeader(text, '1.1'), { name: 'StompError' })
  }
  assert.throws(() => unescapeHeader('\\r', '1.1'), { message: 'undefined escape "\\\\r" in a header' })
})
