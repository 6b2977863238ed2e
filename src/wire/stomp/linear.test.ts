import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StompDecoder } from './decoder.ts'
import { defaultStompLimits } from './limits.ts'

const limits = { ...defaultStompLimits, maxLineChars: 1e6, maxHeadChars: 1e6, maxHeaders: 1e6, maxBodyBytes: 1e6 }

/** How many characters the decoder looks at or copies for these texts. */
function work(texts: readonly string[]): number {
  let units = 0
  const { indexOf, includes, charCodeAt, slice } = String.prototype
  const { byteLength } = Buffer
  const { stringify } = JSON
  const { copy, write } = Buffer.prototype
  const decoder = new StompDecoder(limits)
  decoder.version = '1.2'
  String.prototype.indexOf = function (this: string, what: string, from = 0): number {
    const at = indexOf.call(this, what, from)
    units += (at === -1 ? this.length : at + 1) - from
    return at
  }
  String.prototype.includes = function (this: string, what: string): boolean {
    units += this.length
    return includes.call(this, what)
  }
  String.prototype.charCodeAt = function (this: string, at: number): number {
    units++
    return charCodeAt.call(this, at)
  }
  // Long slices share, short ones copy.
  String.prototype.slice = function (this: string, from?: number, to?: number): string {
    const part = slice.call(this, from, to)
    units += Math.min(13, part.length)
    return part
  }
  Buffer.byteLength = (text) => {
    units += (text as string).length
    return byteLength(text)
  }
  JSON.stringify = (text: string) => {
    units += text.length
    return stringify(text)
  }
  Buffer.prototype.copy = function (this: Buffer, ...args: Parameters<typeof copy>): number {
    const bytes = copy.apply(this, args)
    units += bytes / 2
    return bytes
  }
  Buffer.prototype.write = function (this: Buffer, text: string, ...rest: unknown[]): number {
    units += text.length
    return Reflect.apply(write, this, [text, ...rest]) as number
  } as typeof write
  try {
    for (const text of texts) for (const frame of decoder.decode(text)) void frame
  } finally {
    Object.assign(String.prototype, { indexOf, includes, charCodeAt, slice })
    Object.assign(Buffer, { byteLength })
    Object.assign(JSON, { stringify })
    Object.assign(Buffer.prototype, { copy, write })
  }
  return units
}

const shapes: Record<string, (size: number) => string[]> = {
  'a body a character at a time': (size) => `SEND\n\n${'x'.repeat(size)}\0`.split(''),
  'a counted body a character at a time': (size) => `SEND\ncontent-length:${size}\n\n${'x'.repeat(size)}\0`.split(''),
  'a header line a character at a time': (size) => `SEND\na:${'x'.repeat(size)}\n\n\0`.split(''),
  'many headers, two characters at a time': (size) => `SEND\n${'a:b\n'.repeat(size / 4)}\n\0`.match(/[^]{1,2}/g) ?? [],
  'a counted body of NULs in one message': (size) => [`SEND\ncontent-length:${size}\n\n${'\0'.repeat(size + 1)}`],
  'a counted body of NULs a character at a time': (size) =>
    `SEND\ncontent-length:${size}\n\n${'\0'.repeat(size + 1)}`.split(''),
  'small frames in one message': (size) => ['ACK\nid:1\n\n\0'.repeat(size / 10)],
  'small counted frames in one message': (size) => ['SEND\ncontent-length:1\n\n\0\0'.repeat(size / 24)],
  'line ends in one message': (size) => ['\r\n'.repeat(size / 2)],
  'half surrogates a character at a time': (size) =>
    `SEND\ncontent-length:${2 * size}\n\n${'😀'.repeat(size / 2)}\0`.split(''),
}

for (const [name, shape] of Object.entries(shapes))
  test(`linear: ${name}`, () => {
    const small = work(shape(12_000))
    assert.ok(small >= 12_000, 'it was counted')
    assert.ok(small < 20 * 12_000, `${small} for 12,000`)
    assert.ok(work(shape(96_000)) < 10 * small, 'eight times the text, about eight times the work')
  })
