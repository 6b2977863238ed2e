import type { ServerResponse } from 'node:http'
import type { Transport } from './transports.ts'

const lingerMs = 30_000

/** A response that SockJS frames are written to. Its headers are set by whoever made it. */
export class Receiver {
  readonly #response: ServerResponse
  readonly #transport: Transport
  readonly #callback: string
  readonly #maxStreamBytes: number
  #bytes = 0

  /** Starts the response. `maxStreamBytes`: how much a streaming one takes before it ends. */
  constructor(response: ServerResponse, transport: Transport, callback: string, maxStreamBytes: number) {
    this.#response = response
    this.#transport = transport
    this.#callback = callback
    this.#maxStreamBytes = maxStreamBytes
    const prelude = transport.prelude(callback)
    if (prelude !== null) response.write(prelude)
  }

  /** Bytes that the network has not taken yet. */
  get waitingBytes(): number {
    return this.#response.writableLength
  }

  isOn(response: ServerResponse): boolean {
    return this.#response === response
  }

  /** Writes one frame, as one chunk. False when it was the last that this response takes: it has ended. */
  send(frame: string | Buffer): boolean {
    const bytes = this.#transport.wrap(typeof frame === 'string' ? Buffer.from(frame) : frame, this.#callback)
    if (!this.#transport.streams) {
      this.#response.setHeader('Content-Length', bytes.byteLength)
      this.end(bytes)
      return false
    }
    this.#response.write(bytes)
    this.#bytes += bytes.byteLength
    // A browser keeps a whole response in memory until it ends.
    if (this.#bytes < this.#maxStreamBytes) return true
    this.end()
    return false
  }

  end(bytes: string | Uint8Array = ''): void {
    const response = this.#response
    response.end(bytes)
    // From here on no session counts these bytes. Who doesn't read them must not keep them.
    if (response.writableLength > 0) response.setTimeout(lingerMs, () => response.destroy())
  }

  /** Gives up on a client that doesn't read. */
  destroy(): void {
    this.#response.destroy()
  }

  /** Calls back once if the response was cut off before all of it went out. */
  onCut(listener: () => void): void {
    this.#response.once('close', () => {
      if (!this.#response.writableFinished) listener()
    })
  }
}
