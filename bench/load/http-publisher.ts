import { connect, type Socket } from 'node:net'
import type { Tally, Talker } from './talker.ts'

export interface Publishing {
  readonly port: number
  readonly path: string
  readonly headers: readonly string[]
  readonly body: string
  /** What it hears when all is well. */
  readonly answer: string
}

/** An application that publishes over one kept connection, one request after the other without waiting for the answers. */
export class HttpPublisher implements Talker {
  readonly #socket: Socket
  readonly #request: Buffer
  readonly #answer: Buffer
  #rest = Buffer.alloc(0)
  onAck: () => void = () => {}

  private constructor({ port, path, headers, body, answer }: Publishing, tally: Tally) {
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
    ]
    this.#request = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
    this.#answer = Buffer.from(`\r\n\r\n${answer}`)
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (data) => this.#read(data, tally))
    this.#socket.on('error', (error) => tally.fault(`the application's connection: ${error.message}`))
  }

  static async connect(publishing: Publishing, tally: Tally): Promise<HttpPublisher> {
    const publisher = new HttpPublisher(publishing, tally)
    await new Promise<void>((resolve, reject) => {
      publisher.#socket.once('connect', resolve)
      publisher.#socket.once('error', reject)
    })
    return publisher
  }

  send(): void {
    this.#socket.write(this.#request)
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(data: Buffer, tally: Tally): void {
    const bytes = Buffer.concat([this.#rest, data])
    let used = 0
    // What is sent in answer to one read leaves in one system call, as a page's does.
    this.#socket.cork()
    for (let at = bytes.indexOf(this.#answer); at >= 0; at = bytes.indexOf(this.#answer, used)) {
      used = at + this.#answer.length
      this.onAck()
    }
    this.#socket.uncork()
    this.#rest = bytes.subarray(used)
    // Answers are shorter by far: this one is no yes.
    if (this.#rest.length > 4096) tally.fault(this.#rest.toString('utf8', 0, 200))
  }
}
