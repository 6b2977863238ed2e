import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileKind, isShown } from './file-kind.ts'

const allowed = new Set(['pdf', 'txt', 'docx', 'hwp', 'svg', 'xyz'])

function kindOf(head: string, extension: string): string | null {
  return fileKind(Buffer.from(head, 'latin1'), extension, allowed)?.mediaType ?? null
}

test('pictures and videos are known by their content, whatever they call themselves', () => {
  const heads: [head: string, mediaType: string][] = [
    ['\xff\xd8\xff\xe0\0\x10JFIF', 'image/jpeg'],
    ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png'],
    ['GIF89a\x01\0', 'image/gif'],
    ['RIFF\x24\0\0\0WEBPVP8 ', 'image/webp'],
    ['\0\0\0\x20ftypisom\0\0\x02\0', 'video/mp4'],
    ['\0\0\0\x14ftypqt  ', 'video/quicktime'],
    ['\0\0\0\x08wide\0\0', 'video/quicktime'],
    ['\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm', 'video/webm'],
  ]
  for (const [head, mediaType] of heads) assert.equal(kindOf(head, 'txt'), mediaType)
})

test('a name does not make a picture', () => {
  for (const head of ['<html>', 'not a picture', '\0\0\0\x18ftypheic', '\0\0\0\x1cftypavif', '\xff\xd8']) {
    assert.equal(kindOf(head, 'png'), null, head)
  }
})

test('attachments need an allowed extension and the content that goes with it', () => {
  assert.equal(kindOf('%PDF-1.7', 'pdf'), 'application/pdf')
  assert.equal(kindOf('PK\x03\x04 anything', 'docx')?.endsWith('wordprocessingml.document'), true)
  assert.equal(kindOf('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'hwp'), 'application/x-hwp')
  assert.equal(kindOf('any bytes', 'xyz'), 'application/octet-stream')
  assert.equal(kindOf('just words', 'pdf'), null)
  assert.equal(kindOf('just words', 'docx'), null)
  for (const extension of ['exe', 'html', '', 'constructor', '__proto__']) {
    assert.equal(kindOf('words', extension), null, extension)
  }
})

test('programs and pages are refused under any name', () => {
  const heads = [
    'MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0',
    '\x7fELF\x02\x01',
    '#!/bin/sh\n',
    '\xca\xfe\xba\xbe\0\0',
    '\xcf\xfa\xed\xfe',
    '<!DOCTYPE html>',
    '\xef\xbb\xbf \n<HTML lang="ko">',
    '<script>alert(1)</script>',
  ]
  for (const head of heads) assert.equal(kindOf(head, 'txt'), null, head)
})

test('plain texts stay plain texts', () => {
  const mz = Buffer.from('MZ세대 설문 결과').toString('latin1')
  for (const text of [mz, 'The wide road', 'New moov', 'a <b> c']) assert.equal(kindOf(text, 'txt'), 'text/plain', text)
})

test('only what browsers show without running it is shown', () => {
  assert.equal(isShown('image/png'), true)
  assert.equal(isShown('video/mp4'), true)
  for (const type of ['image/svg+xml', 'application/pdf', 'text/html', 'text/plain']) assert.equal(isShown(type), false)
})
