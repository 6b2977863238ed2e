import { count, nullable, parsedJson, record, textTo } from './shapes.ts'

/** What one node said in one turn of the event loop. */
export interface Envelope {
  readonly v: 1
  readonly from: string
  /** How many envelopes to everyone the node has sent, this one included; null when this one is to one node alone. */
  readonly n: number | null
  /** When it was sent, by the sender's clock. */
  readonly at: number
  /** Topics, each with what is said about it. */
  readonly said: readonly Said[]
}

export type Said = readonly [topic: string, body: unknown]

/** Larger ones are not sent, and not read. Several bytes may make one character. */
export const maxEnvelopeChars = 1024 * 1024
export const maxEnvelopeBytes = 4 * maxEnvelopeChars

const isEnvelope = record<Envelope>({
  v: (value) => value === 1,
  from: textTo(40),
  n: nullable(count),
  at: count,
  said: (value) => Array.isArray(value) && value.every(isSaid),
})

function isSaid(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string'
}

/** What came over the wire, or undefined when it is no envelope of this version. Never throws. */
export function readEnvelope(bytes: Uint8Array): Envelope | undefined {
  const value = parsedJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  return isEnvelope(value) ? (value as Envelope) : undefined
}

/** `said` are JSON already: a topic and a body each, see `saidJson`. */
export function envelopeJson({ from, n, at }: Omit<Envelope, 'v' | 'said'>, said: readonly string[]): string {
  return `{"v":1,"from":${JSON.stringify(from)},"n":${n},"at":${at},"said":[${said.join(',')}]}`
}

export function saidJson(topic: string, bodyJson: string): string {
  return `[${JSON.stringify(topic)},${bodyJson}]`
}
