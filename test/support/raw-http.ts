import { connect, type Socket } from 'node:net'

export interface RawRequest {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly version?: '1.0' | '1.1'
}

/** An HTTP client that shows what others hide: chunks as they were sent, and whether the connection stays open. */
export class RawHttp {
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => {}

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (data: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, data])
      this.#wake()
    })
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    this.#socket.on('close', end)
    this.#socket.on('end', end)
    this.#socket.on('error', end)
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Stops reading, as a client that is stuck. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  async request(
    method: string,
    path: string,
    { headers = {}, body, version = '1.1' }: RawRequest = {},
  ): Promise<RawResponse> {
    const lines = [`${method} ${path} HTTP/${version}`, 'Host: 127.0.0.1']
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
    if (body !== undefined || method === 'POST') lines.push(`Content-Length: ${Buffer.byteLength(body ?? '')}`)
    this.send(`${lines.join('\r\n')}\r\n\r\n`)
    if (body !== undefined && body.length > 0) this.send(body)
    return this.response()
  }

  async response(): Promise<RawResponse> {
    const status = Number((await this.line()).split(' ')[1])
    const headers = new Map<string, string>()
    for (let line = await this.line(); line !== ''; line = await this.line()) {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).toLowerCase()
      const value = line.slice(colon + 1).trim()
      headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value)
    }
    return new RawResponse(this, status, headers)
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#bytes.indexOf('\r\n')
      if (end >= 0) return (await this.read(end + 2)).toString('utf8', 0, end)
      await this.#more()
    }
  }

  async read(bytes: number): Promise<Buffer> {
    while (this.#bytes.length < bytes) await this.#more()
    const read = this.#bytes.subarray(0, bytes)
    this.#bytes = this.#bytes.subarray(bytes)
    return read
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Buffer> {
    while (!this.#ended) await this.#wait()
    return this.read(this.#bytes.length)
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error(`the connection ended after ${JSON.stringify(this.#bytes.toString())}`)
    await this.#wait()
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }
}

export class RawResponse {
  readonly status: number
  readonly #http: RawHttp
  readonly #headers: Map<string, string>

  constructor(http: RawHttp, status: number, headers: Map<string, string>) {
    this.#http = http
    this.status = status
    this.#headers = headers
  }

  header(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase())
  }

  /** The next chunk; an empty one is the end. */
  async chunk(): Promise<string> {
    const bytes = Number.parseInt(await this.#http.line(), 16)
    const chunk = await this.#http.read(bytes + 2)
    return chunk.toString('utf8', 0, bytes)
  }

  async text(): Promise<string> {
    if (this.status === 204 || this.status === 304) return ''
    const length = this.header('content-length')
    if (length !== undefined) return (await this.#http.read(Number(length))).toString()
    if (this.header('transfer-encoding') !== 'chunked') return (await this.#http.rest()).toString()
    let text = ''
    for (let chunk = await this.chunk(); chunk !== ''; chunk = await this.chunk()) text += chunk
    return text
  }
}

export interface Answer {
  readonly status: number
  readonly text: string
  header(name: string): string | undefined
}

/** One request on a connection of its own. */
export async function ask(port: number, method: string, path: string, request: RawRequest = {}): Promise<Answer> {
  const http = new RawHttp(port)
  try {
    const response = await http.request(method, path, request)
    return { status: response.status, text: await response.text(), header: (name) => response.header(name) }
  } finally {
    http.close()
  }
}
