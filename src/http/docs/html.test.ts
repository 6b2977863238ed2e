import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { html, join, raw } from './html.ts'

test('values are escaped, markup is not', () => {
  const row = html`<b title="${'"x"'}">${'<script>'}</b>`
  assert.equal(row.text, '<b title="&quot;x&quot;">&lt;script&gt;</b>')
  assert.equal(html`<p>${row}${''}${undefined}${5}</p>`.text, `<p>${row.text}5</p>`)
  assert.equal(join([row, '', raw('<i>')]).text, `${row.text}<i>`)
})

test('data can’t pass for markup', () => {
  assert.equal(html`${{ text: '<script>' }}`.text, '{&quot;text&quot;:&quot;&lt;script&gt;&quot;}')
})

test('whatever a value is, it opens no tag and leaves no attribute', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.object()), (value) => {
      assert.doesNotMatch(html`${value}`.text, /[<>"']/)
    }),
  )
})
