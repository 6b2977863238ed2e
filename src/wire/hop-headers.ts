import type { IncomingMessage } from 'node:http'
import { sealHeader } from './seal.ts'

/** Headers of one hop, and the one that would be taken for ours. */
const ofThisHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  sealHeader,
])

/** Whatever a message says of them: without these it would be another. */
const ofTheMessage: ReadonlySet<string> = new Set(['host', 'content-length'])

/** A message's headers as they were written, name and value in turn, without those of its hop. */
export function passedOn({ rawHeaders, headers }: IncomingMessage, withoutBody = false): string[] {
  const kept: string[] = []
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    if (ofThisHop.has(name) || (named.includes(name) && !ofTheMessage.has(name))) continue
    if (withoutBody && name === 'content-length') continue
    kept.push(rawHeaders[i]!, rawHeaders[i + 1]!)
  }
  return kept
}

/** Status and headers of an answer, as bytes for a socket. `own`: headers of this hop. */
export function headOf(answer: IncomingMessage, own: readonly string[]): Buffer {
  const headers = [...passedOn(answer), ...own]
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`]
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}
