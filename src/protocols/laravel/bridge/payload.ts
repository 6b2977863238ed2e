import { isUtf8 } from 'node:buffer'
import type { Announcement } from '../announcer.ts'
import { isShallow, maxDepth } from '../depth.ts'

/** What an application publishes to `{prefix}broadcast` for the JWT socket, or to `{prefix}{channel}` for Echo. */
export type Published =
  | { readonly to: 'socket'; readonly announcement: Announcement }
  | { readonly to: 'echo'; readonly event: string; readonly data: string; readonly socketId: string | null }

/** Why a payload is dropped. */
export const dropReasons = ['too large', 'not UTF-8', 'too deep', 'not JSON', 'not understood'] as const
export type DropReason = (typeof dropReasons)[number]

export const maxChannelChars = 200
const maxEventChars = 200
const maxSocketIdChars = 100
// Those that speak of the connection itself are the server's alone.
const typeForm = /^(?!(?:sended|error|connected)$)[A-Za-z][\w.-]{0,39}$/

/** Never throws. */
export function decodePayload(channel: string, payload: Uint8Array, maxBytes: number): Published | DropReason {
  if (payload.byteLength > maxBytes) return 'too large'
  if (!isUtf8(payload)) return 'not UTF-8'
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString()
  if (!isShallow(text, maxDepth)) return 'too deep'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'not JSON'
  }
  if (!isObject(value)) return 'not understood'
  if (channel === 'broadcast' && Object.hasOwn(value, 'channel')) {
    const announcement = announcementOf(value)
    return announcement ? { to: 'socket', announcement } : 'not understood'
  }
  return echoOf(channel, value) ?? 'not understood'
}

/** `{channel, data, type?}`; null for anything else. */
export function announcementOf(value: unknown): Announcement | null {
  if (!isObject(value)) return null
  const channel = own(value, 'channel')
  const type = own(value, 'type') ?? 'message'
  const data = own(value, 'data')
  if (typeof channel !== 'string' || channel === '' || channel.length > maxChannelChars) return null
  if (typeof type !== 'string' || !typeForm.test(type)) return null
  // PHP writes an empty array where an empty object was meant.
  if (Array.isArray(data) && data.length === 0) return { channel: channel.toWellFormed(), type, data: {} }
  return isObject(data) ? { channel: channel.toWellFormed(), type, data } : null
}

/** What Laravel's broadcaster writes: `{event, data, socket}`. */
function echoOf(channel: string, value: Record<string, unknown>): Published | null {
  if (channel === '' || channel.length > maxChannelChars) return null
  const event = own(value, 'event')
  const socket = own(value, 'socket') ?? null
  if (typeof event !== 'string' || event === '' || event.length > maxEventChars) return null
  if (socket !== null && (typeof socket !== 'string' || socket.length > maxSocketIdChars)) return null
  return { to: 'echo', event: event.toWellFormed(), data: JSON.stringify(own(value, 'data') ?? null), socketId: socket }
}

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
