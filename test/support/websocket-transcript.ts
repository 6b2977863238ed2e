import { WebSocket, type ClientOptions } from 'ws'

/** A WebSocket client that reads as a transcript: `send`, then `await next()`. */
export class WebSocketTranscript {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #early: (string | Buffer)[] = []
  readonly #heard: string[] = []
  readonly #waiting: PromiseWithResolvers<string>[] = []

  constructor(url: string, protocols: string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(url, protocols, options)
    this.socket.once('open', () => {
      for (const data of this.#early) this.socket.send(data)
    })
    this.socket.on('message', (data: Buffer) => {
      const waiting = this.#waiting.shift()
      if (waiting) waiting.resolve(data.toString())
      else this.#heard.push(data.toString())
    })
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() })
        for (const waiting of this.#waiting) waiting.reject(new Error(`closed with ${code} ${reason.toString()}`))
      })
    })
    this.socket.on('error', () => {})
  }

  /** Sends as soon as it is open. */
  send(data: string | Buffer): void {
    if (this.socket.readyState === WebSocket.CONNECTING) this.#early.push(data)
    else this.socket.send(data)
  }

  next(): Promise<string> {
    const heard = this.#heard.shift()
    if (heard !== undefined) return Promise.resolve(heard)
    const waiting = Promise.withResolvers<string>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  close(): void {
    this.socket.close()
  }
}
