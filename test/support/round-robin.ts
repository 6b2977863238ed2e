import { once } from 'node:events'
import { createServer, request as requestOf, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'

const ofThisHop: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection'])

/**
 * A load balancer without a memory: each request goes to the next node, whoever asks, on whatever connection. It appends
 * the client's address to X-Forwarded-For, as they do.
 */
export class RoundRobin implements AsyncDisposable {
  /** Where the next request goes, by its number. A test may choose. */
  choose: (request: IncomingMessage, count: number, nodes: readonly string[]) => string
  /** Requests and upgrades that went to each node. */
  readonly counts = new Map<string, number>()
  readonly #server: Server
  readonly #sockets = new Set<Duplex>()
  #nodes: readonly string[]
  #count = 0

  private constructor(server: Server, nodes: readonly string[]) {
    this.#server = server
    this.#nodes = nodes
    this.choose = (_request, count, all) => all[count % all.length]!
    server.on('connection', (socket) => keep(this.#sockets, socket))
    server.on('request', (request, response) => this.#pass(request, response))
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** In front of servers at addresses such as `http://127.0.0.1:8080`. */
  static to(...nodes: readonly string[]): Promise<RoundRobin> {
    return RoundRobin.at(0, nodes)
  }

  /** On a port of its own; 0 for any. */
  static async at(port: number, nodes: readonly string[]): Promise<RoundRobin> {
    const server = createServer({ requestTimeout: 0, headersTimeout: 0 }).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new RoundRobin(server, nodes)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on it knows these nodes. What is open to others stays. */
  set nodes(nodes: readonly string[]) {
    this.#nodes = nodes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const onward = requestOf(this.#next(request), {
      path: request.url ?? '/',
      method: request.method ?? 'GET',
      headers: headersOf(request, true),
      setDefaultHeaders: false,
      agent: false,
    })
    onward.on('socket', (socket) => keep(this.#sockets, socket))
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headersOf(answer, false))
      response.flushHeaders()
      pipeline(answer, response, ignore)
    })
    onward.on('error', () => {
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end()
    })
    response.on('close', () => onward.destroy())
    request.on('error', ignore)
    whole(request, (body) => onward.end(body))
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { hostname, port } = new URL(this.#next(request))
    const onward = connect({ host: hostname, port: Number(port), noDelay: true })
    keep(this.#sockets, onward)
    ;(socket as Socket).setNoDelay(true)
    const headers = headersOf(request, true)
    const lines = [`${request.method} ${request.url} HTTP/1.1`, 'Connection: Upgrade']
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
    onward.write(`${lines.join('\r\n')}\r\n\r\n`)
    onward.write(head)
    socket.pipe(onward).pipe(socket)
    socket.on('close', () => onward.destroy())
    onward.on('close', () => socket.destroy())
  }

  #next(request: IncomingMessage): string {
    const node = this.choose(request, this.#count++, this.#nodes)
    this.counts.set(node, (this.counts.get(node) ?? 0) + 1)
    return node
  }
}

/** Bodies go on when all of them is here: a node that refuses one midway would be written to after it has gone. */
function whole(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => then(Buffer.concat(chunks)))
}

/** As they were written, but for those of the connection; a request's with the address of its client. */
function headersOf({ rawHeaders, socket }: IncomingMessage, isRequest: boolean): string[] {
  const headers: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (!ofThisHop.has(name.toLowerCase())) headers.push(name, rawHeaders[i + 1]!)
  }
  if (isRequest) headers.push('X-Forwarded-For', socket.remoteAddress ?? '')
  return headers
}

function keep(sockets: Set<Duplex>, socket: Duplex): void {
  sockets.add(socket)
  socket.on('error', ignore)
  socket.on('close', () => sockets.delete(socket))
}

function ignore(): void {}
