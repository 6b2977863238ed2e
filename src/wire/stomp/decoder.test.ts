import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StompDecoder } from './decoder.ts'
import type { StompVersion } from './escape.ts'
import type { StompFrame } from './frame.ts'
import { defaultStompLimits } from './limits.ts'
import { StompError } from './stomp-error.ts'

const limits = { ...defaultStompLimits, maxHeaders: 3, maxLineChars: 32, maxHeadChars: 60, maxBodyBytes: 10 }

function decoderOf(version: StompVersion | null): StompDecoder {
  const decoder = new StompDecoder(limits)
  decoder.version = version
  return decoder
}

/** The frames of texts, as plain data. */
function frames(texts: string | string[], version: StompVersion | null = '1.2'): unknown[] {
  const decoder = decoderOf(version)
  return [texts].flat().flatMap((text) => [...decoder.decode(text)].map(plain))
}

function plain(frame: StompFrame): unknown {
  return [frame.command, Object.fromEntries(frame.headers), frame.body]
}

function fails(text: string, message: string | RegExp, version: StompVersion | null = '1.2'): void {
  assert.throws(() => frames(text, version), { name: 'StompError', message }, 'whole')
  assert.throws(() => frames(Array.from(text), version), { name: 'StompError' }, 'character by character')
}

test('one frame in one message', () => {
  assert.deepEqual(frames('SEND\ndestination:/a\n\nhello\0'), [['SEND', { destination: '/a' }, 'hello']])
})

test('several frames in one message, with line ends between them', () => {
  assert.deepEqual(frames('\n\r\nBEGIN\n\n\0\n\r\nABORT\n\n\0\n'), [
    ['BEGIN', {}, ''],
    ['ABORT', {}, ''],
  ])
})

test('one frame in many messages', () => {
  const text = 'SEND\r\ndestination:/a\r\ncontent-length:4\r\n\r\n😀\0'
  assert.deepEqual(frames(text.split('')), [['SEND', { destination: '/a', 'content-length': '4' }, '😀']])
})

test('CRLF ends lines in every version', () => {
  for (const version of ['1.0', '1.1', '1.2'] as const)
    assert.deepEqual(frames('SEND\r\na:b\r\n\r\nx\r\n\0', version), [['SEND', { a: 'b' }, 'x\r\n']])
})

test('content-length counts octets, so a body may hold NUL', () => {
  assert.deepEqual(frames('SEND\ncontent-length:5\n\n\0é\0!\0'), [['SEND', { 'content-length': '5' }, '\0é\0!']])
  assert.deepEqual(frames('SEND\ncontent-length:0\n\n\0'), [['SEND', { 'content-length': '0' }, '']])
  assert.deepEqual(frames(['SEND\ncontent-length:0\n\n', '\0']), [['SEND', { 'content-length': '0' }, '']])
})

test('a lone surrogate counts 3 octets, as what it becomes on a wire', () => {
  assert.deepEqual(frames('SEND\ncontent-length:4\n\n\ud83d!\0'), [['SEND', { 'content-length': '4' }, '\ud83d!']])
  assert.deepEqual(frames('SEND\ncontent-length:4\n\n\ude00!\0'), [['SEND', { 'content-length': '4' }, '\ude00!']])
})

test('the body limit counts a character once when two messages share it', () => {
  assert.equal(frames(['SEND\n\n123456\ud83d', '\ude00\0']).length, 1)
  assert.throws(() => frames(['SEND\n\n1234567\ud83d', '\ude00\0']), { message: 'body too large' })
})

test('a surrogate pair in two messages counts 4 octets, and lends nothing to the next frame', () => {
  const counted = { 'content-length': '6' }
  assert.deepEqual(frames(['SEND\ncontent-length:6\n\n\ud83d', '\ude00\0x\0']), [['SEND', counted, '😀\0x']])
  const halves = 'SEND\ncontent-length:3\n\n\ud83d\0SEND\ncontent-length:3\n\n\ude00\0'
  assert.equal(frames(halves.split('')).length, 2)
})

test('content-length must end where the body does', () => {
  fails('SEND\ncontent-length:2\n\nabc\0', 'no NUL where content-length says that the body ends')
  fails('SEND\ncontent-length:1\n\né\0', 'content-length ends inside a character')
  for (const bad of ['-1', '1e1', '', '0x1', '1 1', 'NaN', '9'.repeat(16)])
    fails(`SEND\ncontent-length:${bad}\n\n1\0`, 'content-length is not a number')
})

test('a content-length beyond the limit fails before its body comes', () => {
  fails('SEND\ncontent-length:11\n\n', 'body too large')
})

test('header escapes follow the version, and CONNECT has none', () => {
  assert.deepEqual(frames('SEND\na\\cb:\\n\\\\\\r\n\n\0', '1.2'), [['SEND', { 'a:b': '\n\\\r' }, '']])
  assert.deepEqual(frames('SEND\na:\\c\n\n\0', '1.1'), [['SEND', { a: ':' }, '']])
  assert.deepEqual(frames('SEND\na:\\t\n\n\0', '1.0'), [['SEND', { a: '\\t' }, '']])
  assert.deepEqual(frames('CONNECT\na:\\t\n\n\0STOMP\na:\\c\n\n\0', '1.2'), [
    ['CONNECT', { a: '\\t' }, ''],
    ['STOMP', { a: '\\c' }, ''],
  ])
  fails('SEND\na:\\t\n\n\0', 'undefined escape "\\\\t" in a header', '1.2')
  fails('SEND\na:\\r\n\n\0', /undefined escape/, '1.1')
})

test('1.0 trims, the others do not', () => {
  assert.deepEqual(frames('SEND\n a : b \n\n\0', '1.0'), [['SEND', { a: 'b' }, '']])
  assert.deepEqual(frames('SEND\n a : b \n\n\0', '1.1'), [['SEND', { ' a ': ' b ' }, '']])
  assert.deepEqual(frames('SEND\n a : b \n\n\0', '1.2'), [['SEND', { ' a ': ' b ' }, '']])
})

test('the first of repeated headers counts; a value may hold a colon or be empty', () => {
  assert.deepEqual(frames('SEND\na:1:2\na:3\nb:\n\n\0'), [['SEND', { a: '1:2', b: '' }, '']])
})

test('names of prototypes are names', () => {
  const [frame] = [...decoderOf('1.2').decode('SEND\n__proto__:a\nconstructor:b\n\n\0')]
  assert.deepEqual(
    [...(frame?.headers ?? [])],
    [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ],
  )
})

test('unknown commands fail as soon as they cannot become known', () => {
  fails('MESSAGE\n\n\0', 'unknown command "MESSAGE"')
  fails('send\n\n\0', 'unknown command "send"')
  fails('GET / HTTP/1.1', 'unknown command "GET / HTTP/1.1"')
  fails('\0', /NUL/)
})

test('broken heads', () => {
  fails('SEND\nnothing\n\n\0', 'header line without a colon: "nothing"')
  fails('SEND\n:value\n\n\0', 'header without a name')
  fails('SUBSCRIBE\nid:1\n\0', 'NUL before the blank line that ends the headers')
  fails('SEND\na:b\0', 'NUL before the blank line that ends the headers')
})

test('limits', () => {
  fails('SEND\na:1\nb:2\nc:3\nd:4\n\n\0', 'too many headers')
  fails(`SEND\na:${'x'.repeat(31)}\n\n\0`, 'header line too long')
  fails(`SEND\na:${'x'.repeat(31)}`, 'header line too long')
  fails(`SEND\na:${'x'.repeat(28)}\nb:${'x'.repeat(28)}\n\n\0`, 'headers too large')
  fails('SEND\n\n12345678901', 'body too large')
  fails('SEND\n\n한국어로\0', 'body too large')
})

test('a failed decoder stays silent, after the good frames before the fault', () => {
  const decoder = decoderOf('1.2')
  const seen: string[] = []
  assert.throws(() => {
    for (const frame of decoder.decode('BEGIN\n\n\0nonsense\n\n\0ABORT\n\n\0')) seen.push(frame.command)
  }, StompError)
  assert.deepEqual(seen, ['BEGIN'])
  assert.deepEqual([...decoder.decode('BEGIN\n\n\0')], [])
})

test('an error knows the receipt that its frame asked for', () => {
  assert.throws(() => frames('SEND\nreceipt:7\nnothing\n\n\0'), { receipt: '7' })
  assert.throws(() => frames('SEND\nnothing\nreceipt:7\n\n\0'), { receipt: null })
})
