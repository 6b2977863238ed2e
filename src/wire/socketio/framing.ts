import type { Framing } from '../../core/ports.ts'
import type { Batch } from '../outbox.ts'
import { opcodes, websocketFrame } from '../websocket-frame.ts'
import { eventPrefix } from './packet.ts'

/**
 * Events of one namespace. What is framed is the JSON array of an event's name and arguments; the bytes are a WebSocket
 * frame on every transport, and are unwrapped again for the few clients that poll: so a broadcast is framed once.
 */
export class EventFraming implements Framing {
  readonly name: string
  readonly #prefix: string

  constructor(namespace: string) {
    this.name = `socketio ${namespace}`
    this.#prefix = eventPrefix(namespace)
  }

  frame(text: string): Uint8Array {
    return websocketFrame(opcodes.text, this.#prefix + text)
  }
}

/** The texts in whole frames that we made, end to end. */
export function unframed(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const texts: string[] = []
  for (let at = 0; at < buffer.length;) {
    let length = buffer[at + 1]!
    at += 2
    if (length === 126) {
      length = buffer.readUInt16BE(at)
      at += 2
    } else if (length === 127) {
      length = buffer.readUInt32BE(at) * 2 ** 32 + buffer.readUInt32BE(at + 4)
      at += 8
    }
    texts.push(buffer.toString('utf8', at, at + length))
    at += length
  }
  return texts
}

/** Those who poll mostly hear the same: what one turn of the event loop said is unframed once. */
export class Unframer {
  #batch: Batch | null = null
  #texts: readonly string[] = []

  textsOf(batch: Batch): readonly string[] {
    if (batch !== this.#batch) {
      this.#batch = batch
      this.#texts = unframed(batch.joined())
    }
    return this.#texts
  }
}
