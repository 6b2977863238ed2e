import { isShallow } from '../depth.ts'
import { echoChannelKind } from './echo-channel.ts'

/** An event that an application publishes over laravel-echo-server's HTTP API. */
export interface PublishedEvent {
  readonly event: string
  readonly channels: readonly string[]
  /** JSON. */
  readonly data: string
  /** Whom to skip. */
  readonly socketId: string | null
}

const maxChannels = 100
const maxEventChars = 200
const maxSocketIdChars = 100
const maxDepth = 512

/** Or what is wrong with it. */
export function readEvent(body: Uint8Array, maxDataBytes: number): PublishedEvent | string {
  const fields = parsed(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return 'The body must be a JSON object'
  const { channels, channel, name, data, socket_id: socketId = null } = fields as Readonly<Record<string, unknown>>
  const names = Array.isArray(channels) ? (channels as readonly unknown[]) : [channels ?? channel]
  if (typeof name !== 'string' || name === '' || data === undefined || names[0] === undefined) {
    return 'Event must include channel, event name and data'
  }
  if (name.length > maxEventChars || !name.isWellFormed()) return `Event names have at most ${maxEventChars} characters`
  if (names.length > maxChannels) return `An event goes to at most ${maxChannels} channels`
  if (!names.every(isChannel)) return 'A channel has no such name'
  if (socketId !== null && (typeof socketId !== 'string' || socketId.length > maxSocketIdChars)) {
    return 'socket_id must be the id of a socket'
  }
  // Most send JSON in a string, as their library did.
  const json = typeof data === 'string' && parsed(data) !== undefined ? data : JSON.stringify(data)
  if (Buffer.byteLength(json) > maxDataBytes) return `The data has more than ${maxDataBytes} bytes`
  return { event: name, channels: [...new Set(names)], data: json, socketId }
}

function isChannel(name: unknown): name is string {
  return typeof name === 'string' && echoChannelKind(name) !== null
}

/** Undefined for what is no JSON, or so deep that writing it again would run out of stack. */
function parsed(text: string): unknown {
  try {
    return isShallow(text, maxDepth) ? (JSON.parse(text) as unknown) : undefined
  } catch {
    return undefined
  }
}
