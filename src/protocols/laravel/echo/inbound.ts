import { authHeaders, type AuthHeaders } from './auth-headers.ts'

/** What clients send. Null for what is not in its form: laravel-echo-server says nothing to that. */

export interface Subscribe {
  readonly channel: string
  /** Those of `auth.headers` that the application may see. */
  readonly headers: AuthHeaders
}

export interface Whisper {
  readonly channel: string
  readonly event: string
  /** JSON. */
  readonly data: string
}

const maxEventChars = 200

export function readSubscribe(value: unknown): Subscribe | null {
  const fields = fieldsOf(value)
  const channel = fields?.['channel']
  if (!fields || typeof channel !== 'string') return null
  return { channel, headers: authHeaders(fieldsOf(fieldsOf(fields['auth'])?.['headers'])) }
}

export function readUnsubscribe(value: unknown): string | null {
  const channel = fieldsOf(value)?.['channel']
  return typeof channel === 'string' ? channel : null
}

export function readWhisper(value: unknown, maxDataBytes: number): Whisper | null {
  const { channel, event, data = null } = fieldsOf(value) ?? {}
  if (typeof channel !== 'string' || typeof event !== 'string') return null
  if (!event.startsWith('client-') || event.length > maxEventChars || !event.isWellFormed()) return null
  const json = JSON.stringify(data)
  return Buffer.byteLength(json) > maxDataBytes ? null : { channel, event, data: json }
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}
