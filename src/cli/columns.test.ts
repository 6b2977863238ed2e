import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inColumns, printable } from './columns.ts'

test('columns stand below each other, Korean in two cells a syllable', () => {
  const rows = [
    ['ID', 'NAME', 'ROLE'],
    ['1', '민아', 'agent'],
    ['22', 'bo', ''],
  ]
  assert.equal(inColumns(rows), 'ID  NAME  ROLE\n1   민아  agent\n22  bo')
})

test('nothing that moves the cursor, breaks the line or turns the direction gets through', () => {
  assert.equal(printable('a\u001b[2Jb\r\nc\u202ed\u009be'), 'a\ufffd[2Jb\ufffd\ufffdc\ufffdd\ufffde')
  assert.equal(printable('상담사 “1” 👩‍💻'), '상담사 “1” 👩‍💻')
})
