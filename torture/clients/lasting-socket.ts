import { WebSocket, type ClientOptions } from 'ws'
import type { Random } from '../random.ts'

const handshakeTimeout = 3000
/** The server pings every three seconds. */
const silenceMs = 8000

export interface LastingSocketOptions {
  readonly url: string
  readonly options?: ClientOptions
  readonly random: Random
  readonly onOpen: () => void
  readonly onText: (text: string) => void
  readonly onClose: (why: string) => void
}

/** A WebSocket that is dialled again when it was lost, or has gone silent. */
export class LastingSocket {
  readonly #options: LastingSocketOptions
  #socket: WebSocket | null = null
  #isOpen = false
  #isOver = false
  #silence: NodeJS.Timeout | undefined

  constructor(options: LastingSocketOptions) {
    this.#options = options
    this.#dial()
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  send(frame: object): void {
    this.#socket?.send(JSON.stringify(frame))
  }

  close(): void {
    this.#isOver = true
    clearTimeout(this.#silence)
    this.#socket?.terminate()
  }

  #dial(): void {
    if (this.#isOver) return
    const { url, options, onOpen, onText, onClose, random } = this.#options
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout, ...options })
    this.#socket = socket
    const alive = (): void => {
      clearTimeout(this.#silence)
      this.#silence = setTimeout(() => socket.terminate(), silenceMs)
    }
    socket.on('open', () => {
      this.#isOpen = true
      alive()
      onOpen()
    })
    socket.on('ping', alive)
    socket.on('message', (data: Buffer) => {
      alive()
      onText(data.toString())
    })
    socket.on('error', () => {})
    socket.on('close', (code, reason) => {
      clearTimeout(this.#silence)
      this.#isOpen = false
      onClose(`closed with ${code} ${reason.toString()}`)
      setTimeout(() => this.#dial(), random.between(100, 600))
    })
  }
}
