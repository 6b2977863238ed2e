import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentDisposition, extensionOf, safeName } from './file-name.ts'

test('names are made harmless', () => {
  const cases: [given: string, expected: string][] = [
    ['photo.PNG', 'photo.PNG'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ana\\견적서.hwp', '견적서.hwp'],
    ['견적.pdf'.normalize('NFD'), '견적.pdf'],
    ['a\r\nset-cookie: x=1.txt', 'aset-cookie x=1.txt'],
    ['invoice\u202egpj.exe', 'invoicegpj.exe'],
    ['.htaccess', 'htaccess'],
    ['..', 'file'],
    ['', 'file'],
    ['\0.png', 'png'],
    ['half \ud83d.png', 'half \ufffd.png'],
    ['<b>&"\'.csv', "b&'.csv"],
  ]
  for (const [given, expected] of cases) assert.equal(safeName(given), expected, JSON.stringify(given))
})

test('long names are cut and keep their extension', () => {
  const long = safeName(`${'가'.repeat(500)}.jpeg`)
  assert.equal(long.length, 120)
  assert.ok(long.endsWith('가.jpeg'))
  const halved = safeName(`a${'😀'.repeat(200)}.jpg`)
  assert.ok(halved.isWellFormed())
})

test('extensions', () => {
  assert.equal(extensionOf('a.tar.GZ'), 'gz')
  for (const name of ['readme', 'a.', 'a.b c', `a.${'x'.repeat(11)}`]) assert.equal(extensionOf(name), '', name)
})

test('a disposition holds the exact name and one that old clients read, and cannot be broken out of', () => {
  assert.equal(
    contentDisposition('attachment', '견적 (최종)".pdf'),
    `attachment; filename="__ (__)_.pdf"; filename*=UTF-8''%EA%B2%AC%EC%A0%81%20%28%EC%B5%9C%EC%A2%85%29%22.pdf`,
  )
  assert.doesNotMatch(contentDisposition('inline', 'a\r\nb"\\.txt').slice(8), /[\r\n]|"[^;]*"[^;]*"/)
})
