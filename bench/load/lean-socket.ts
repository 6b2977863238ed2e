import { connect, type Socket } from 'node:net'

const openTimeoutMs = 30_000
const headEnd = Buffer.from('\r\n\r\n')

// Every socket reads into the same memory: what came is looked at before the next read.
const shared = Buffer.allocUnsafeSlow(65_536)

/** Where in `bytes` the payload of a text frame lies. The bytes are only there during the call. */
export type OnText = (bytes: Buffer, start: number, end: number) => void

export interface Dial {
  readonly port: number
  readonly path: string
  /** The Origin of the page that a browser would send. */
  readonly page?: string
  /** A loopback address of one's own, when one has not ports enough. */
  readonly from?: string | undefined
}

/**
 * A WebSocket client that does what a load needs and no more, so that a thousand of them cost less than the server they
 * load: it takes the server's word for the handshake, and looks at frames where they lie. What is sent in answer to one
 * read leaves in one system call.
 */
export class LeanSocket {
  readonly #socket: Socket
  readonly #opened = Promise.withResolvers<void>()
  readonly #onText: OnText
  #onClose: () => void
  #isOpen = false
  #rest: Buffer | null = null

  /** `onClose` when the other end ended it. */
  constructor({ port, path, page, from }: Dial, onText: OnText, onClose: () => void) {
    this.#onText = onText
    this.#onClose = onClose
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      ...(from === undefined ? {} : { localAddress: from }),
      onread: { buffer: shared, callback: (length: number) => this.#read(length) },
    })
    this.#socket.once('error', (error) => this.#opened.reject(error))
    this.#socket.once('close', () => {
      this.#opened.reject(new Error('closed before it was open'))
      this.#onClose()
    })
    const key = Buffer.alloc(16).toString('base64')
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${page === undefined ? '' : `Origin: ${page}\r\n`}\r\n`,
    )
  }

  async opened(): Promise<void> {
    const timer = setTimeout(() => this.#socket.destroy(new Error('no answer to the handshake')), openTimeoutMs)
    try {
      await this.#opened.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Bytes of whole frames, see `clientFrame`. */
  send(frames: Buffer): void {
    this.#socket.write(frames)
  }

  close(): void {
    this.#onClose = () => {}
    this.#socket.destroy()
  }

  #read(length: number): boolean {
    const came = shared.subarray(0, length)
    const bytes = this.#rest ? Buffer.concat([this.#rest, came]) : came
    this.#socket.cork()
    const used = this.#isOpen ? this.#frames(bytes, 0) : this.#handshake(bytes)
    this.#socket.uncork()
    this.#rest = used === bytes.length ? null : Buffer.from(bytes.subarray(used))
    return true
  }

  #handshake(bytes: Buffer): number {
    const end = bytes.indexOf(headEnd)
    if (end < 0) return 0
    const status = bytes.toString('latin1', 9, 12)
    if (status !== '101') {
      this.#socket.destroy(new Error(`the handshake was answered with ${status}`))
      return bytes.length
    }
    this.#isOpen = true
    this.#opened.resolve()
    return this.#frames(bytes, end + headEnd.length)
  }

  /** Returns how far it came. */
  #frames(bytes: Buffer, from: number): number {
    let at = from
    while (at + 2 <= bytes.length) {
      const short = bytes[at + 1]! & 0x7f
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (at + head > bytes.length) break
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
      const end = at + head + length
      if (end > bytes.length) break
      const opcode = bytes[at]! & 0x0f
      if (opcode === 0x1) this.#onText(bytes, at + head, end)
      else if (opcode === 0x9) this.send(pong)
      else if (opcode === 0x8) this.#socket.destroy()
      at = end
    }
    return at
  }
}

/** A text frame as clients must send it: masked, here with the key 0, which leaves the payload as it is. */
export function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const long = payload.length > 125
  if (payload.length > 65_535) throw new Error('too long for a lean client')
  const head = Buffer.alloc(long ? 8 : 6)
  head[0] = 0x81
  head[1] = 0x80 | (long ? 126 : payload.length)
  if (long) head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}

const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
