import { quote, StompError } from './stomp-error.ts'

export const stompVersions = ['1.0', '1.1', '1.2'] as const
export type StompVersion = (typeof stompVersions)[number]

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', ':': '\\c', '\r': '\\r' }
// A Map, because the key is the client's: an object would know `constructor`.
const meanings = new Map([
  ['\\\\', '\\'],
  ['\\n', '\n'],
  ['\\c', ':'],
  ['\\r', '\r'],
])

const special = /[\\\n:\r\0]/

/**
 * A header name or value as it stands in a frame. What a version has no way to say becomes a space: a raw line
 * end would let whoever chose the value write headers of their own, and a raw NUL ends the frame for clients
 * that look for NUL first (stomp-websocket 2.3.3).
 */
export function escapeHeader(text: string, version: StompVersion): string {
  // Nearly all of them: a broadcast escapes some ten headers for every kind of subscriber, 0.3 µs each without this line.
  if (!special.test(text)) return text
  if (version === '1.0') return text.replace(/[\0\r\n]/g, ' ')
  // 1.1 "Value Encoding" knows no \r, and clients take a raw CR for a part of the line's end.
  const safe = version === '1.1' ? text.replace(/[\0\r]/g, ' ') : text.replaceAll('\0', ' ')
  return safe.replace(/[\\\n:\r]/g, (char) => escapes[char] ?? char)
}

/** What a header name or value in a frame means. Throws on an undefined escape (1.1, 1.2 "Value Encoding": fatal). */
export function unescapeHeader(text: string, version: StompVersion): string {
  if (version === '1.0' || !text.includes('\\')) return text
  return text.replace(/\\[^]?/g, (escape) => {
    const meaning = version === '1.1' && escape === '\\r' ? undefined : meanings.get(escape)
    if (meaning === undefined) throw new StompError(`undefined escape ${quote(escape)} in a header`)
    return meaning
  })
}
