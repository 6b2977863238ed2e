import type { Framing } from '../../core/ports.ts'
import { opcodes, websocketFrame } from '../websocket-frame.ts'

/**
 * SockJS frames, protocol 0.3.x: `o` opens, `h` is the heart-beat, `a["…"]` holds messages, `c[code,"reason"]` closes.
 */
export const openFrame = 'o'
export const heartbeatFrame = 'h'

// Characters that browsers' XMLHttpRequest, or JSON evaluated as a script, mangle on the way (the protocol's
// `escapable_by_server`). JSON.stringify itself escapes the control characters and lone surrogates.
const mangled = /[\u200c-\u200f\u2028-\u202f\u2060-\u206f\ufff0-\uffff]/g

/** A message as the JSON string that arrives unharmed in every browser. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(mangled, (char) => `\\u${char.charCodeAt(0).toString(16)}`)
}

export function closeFrame(code: number, reason: string): string {
  return `c[${code},${quote(reason)}]`
}

/** SockJS on a WebSocket: each message a text frame of its own. */
export const sockjsWebsocketFraming: Framing = {
  name: 'sockjs-websocket',
  frame: (text) => websocketFrame(opcodes.text, `a[${quote(text)}]`),
}

/** SockJS on HTTP: a message is its JSON string and a comma; what the session sends is `messagesFrame` of several. */
export const sockjsHttpFraming: Framing = {
  name: 'sockjs-http',
  frame: (text) => Buffer.from(`${quote(text)},`),
}

/** `a[…]` around messages in the `sockjs-http` framing, joined end to end. */
export function messagesFrame(parts: readonly Uint8Array[]): Buffer {
  let bytes = 2
  for (const part of parts) bytes += part.byteLength
  const frame = Buffer.allocUnsafe(bytes)
  frame[0] = 0x61 // a
  frame[1] = 0x5b // [
  let offset = 2
  for (const part of parts) {
    frame.set(part, offset)
    offset += part.byteLength
  }
  // In place of the last comma.
  frame[offset - 1] = 0x5d // ]
  return frame
}

/** The messages of a JSON array of strings; null for anything else. */
export function decodeMessages(json: string): readonly string[] | null {
  return messagesOf(parse(json))
}

/** A WebSocket may also send one JSON string alone. */
export function decodeWebsocketMessages(json: string): readonly string[] | null {
  const value = parse(json)
  return typeof value === 'string' ? [value] : messagesOf(value)
}

function messagesOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.every((message) => typeof message === 'string') ? value : null
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
