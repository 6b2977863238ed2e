import type { Close } from '../core/errors.ts'
import type { Framing } from '../core/ports.ts'

/** RFC 6455 frames from the server: final, not masked. */
export const opcodes = { text: 0x1, ping: 0x9, pong: 0xa } as const

/** One whole frame, header and payload in one Buffer. */
export function websocketFrame(opcode: number, payload: string | Uint8Array): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength
  const offset = bytes > 65_535 ? 10 : bytes > 125 ? 4 : 2
  const frame = Buffer.allocUnsafe(offset + bytes)
  frame[0] = 0x80 | opcode
  if (offset === 2) frame[1] = bytes
  else if (offset === 4) {
    frame[1] = 126
    frame.writeUInt16BE(bytes, 2)
  } else {
    frame[1] = 127
    frame.writeUInt32BE(Math.floor(bytes / 2 ** 32), 2)
    frame.writeUInt32BE(bytes >>> 0, 6)
  }
  if (typeof payload === 'string') frame.write(payload, offset)
  else frame.set(payload, offset)
  return frame
}

/** Raw WebSocket: a message is a text frame. */
export const websocketFraming: Framing = {
  name: 'websocket',
  frame: (text) => websocketFrame(opcodes.text, text),
}

/** How a close is said in a WebSocket close frame (RFC 6455, 7.4). */
export interface CloseFrame {
  readonly code: number
  readonly reason: string
}

const closeCodes: Record<Close['code'], number> = {
  gone: 1000,
  drain: 1001,
  slow: 1013,
  stale: 1001,
  policy: 1008,
  invalid: 1007,
  unauthorized: 1008,
  not_found: 1008,
  closed: 1000,
  flood: 1013,
}

/** The registered codes, for protocols that have none of their own. Whatever may come back later hears 1013, "try again later". */
export function websocketCloseFrame(close: Close): CloseFrame {
  return { code: close.retry === 'later' ? 1013 : closeCodes[close.code], reason: close.reason }
}

/** A control frame holds 125 bytes, two of them the code; a reason isn't cut within a character. */
export function clippedReason(reason: string): string {
  const bytes = Buffer.from(reason)
  if (bytes.length <= 123) return reason
  let end = 123
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
