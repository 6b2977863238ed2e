import { channelKind } from './channel-name.ts'
import { PusherError } from './pusher-error.ts'

/** What a client says. */
export type InFrame =
  | { readonly type: 'ping' | 'pong' }
  | {
      readonly type: 'subscribe'
      /** Any text. */
      readonly channel: string
      readonly auth: string
      /** JSON as it was signed; null for none. */
      readonly channelData: string | null
    }
  | { readonly type: 'unsubscribe'; readonly channel: string }
  | { readonly type: 'signin'; readonly auth: string; readonly userData: string }
  /** A whisper. `data` is JSON. */
  | { readonly type: 'client_event'; readonly channel: string; readonly name: string; readonly data: string }
  /** Of a later protocol, maybe: nothing is done. */
  | { readonly type: 'unknown' }

export interface InFrameLimits {
  /** Of a client event's data as JSON, in UTF-8. */
  readonly maxDataBytes: number
}

export const maxEventNameChars = 200
/** `key:` and 64 hexadecimal digits, with room for long keys. */
const maxAuthChars = 512
const clientPrefix = 'client-'

/** Events of the protocol itself: from an application they would be taken for the server's own. */
export function isProtocolEvent(name: string): boolean {
  return name.startsWith('pusher:') || name.startsWith('pusher_internal:')
}

/** Throws a `PusherError`. */
export function decodeFrame(text: string, limits: InFrameLimits): InFrame {
  const frame = object(text)
  const name = frame['event']
  if (typeof name !== 'string') throw malformed('a frame needs an event')
  switch (name) {
    case 'pusher:ping':
      return { type: 'ping' }
    case 'pusher:pong':
      return { type: 'pong' }
    case 'pusher:subscribe': {
      const { auth = '', channel, channel_data: channelData = null } = dataOf(frame)
      if (typeof auth !== 'string' || auth.length > maxAuthChars) throw malformed('auth must be a string')
      if (channelData !== null && typeof channelData !== 'string') throw malformed('channel_data must be a string')
      // One that is no name is refused by name: a page waits for the answer.
      if (typeof channel !== 'string') throw malformed('channel must be a string')
      return { type: 'subscribe', channel, auth, channelData }
    }
    case 'pusher:unsubscribe':
      return { type: 'unsubscribe', channel: channelName(dataOf(frame)['channel']) }
    case 'pusher:signin': {
      const { auth, user_data: userData } = dataOf(frame)
      if (typeof auth !== 'string' || auth.length > maxAuthChars) throw malformed('auth must be a string')
      if (typeof userData !== 'string') throw malformed('user_data must be a string')
      return { type: 'signin', auth, userData }
    }
    default:
      if (isProtocolEvent(name)) return { type: 'unknown' }
      return clientEvent(name, frame, limits)
  }
}

function clientEvent(name: string, frame: Fields, { maxDataBytes }: InFrameLimits): InFrame {
  if (!name.startsWith(clientPrefix)) {
    throw new PusherError(4301, `Client event rejected - its name must start with ${clientPrefix}`)
  }
  if (name.length > maxEventNameChars) {
    throw new PusherError(4301, `Client event rejected - a name has at most ${maxEventNameChars} characters`)
  }
  const channel = channelName(frame['channel'])
  const data = json(frame['data'] ?? null)
  if (Buffer.byteLength(data) > maxDataBytes) {
    throw new PusherError(4301, `Client event rejected - its data has more than ${maxDataBytes} bytes`)
  }
  return { type: 'client_event', channel, name, data }
}

type Fields = Readonly<Record<string, unknown>>

function object(text: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed('it is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('it is not a JSON object')
  return value as Fields
}

/** Some clients send the data as JSON in a string, as they receive it. */
function dataOf(frame: Fields): Fields {
  const data = frame['data']
  if (typeof data === 'string') return object(data)
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw malformed('its data is not an object')
  return data as Fields
}

function channelName(name: unknown): string {
  if (typeof name === 'string' && channelKind(name) !== null) return name
  throw new PusherError(4300, 'Invalid channel name')
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    // Unlike the parser, the writer goes down the stack with every level.
    throw malformed('it is nested too deeply')
  }
}

function malformed(why: string): PusherError {
  return new PusherError(4300, `Invalid message format: ${why}`)
}
