import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Line } from '../../src/core/ports.ts'
import { Forwarding } from '../../src/wire/forwarding.ts'
import { sealHeader } from '../../src/wire/seal.ts'
import { SockJsEndpoint } from '../../src/wire/sockjs/endpoint.ts'
import { SocketIoEndpoint } from '../../src/wire/socketio/endpoint.ts'
import type { NamespaceLine } from '../../src/wire/socketio/service.ts'
import { ask } from './raw-http.ts'
import { RedisNode, until } from './redis-node.ts'
import type { RedisServer } from './redis-server.ts'

/** A node of several, as far as the wire goes: SockJS at `/echo`, Socket.IO with the namespace `/open`, both say what they hear. */
export class WireNode implements AsyncDisposable {
  readonly redis: RedisNode
  readonly http: Server
  readonly forwarding: Forwarding
  readonly sockjs: SockJsEndpoint
  readonly socketio: SocketIoEndpoint
  readonly lines: Line[] = []
  readonly sockets: NamespaceLine[] = []
  readonly bugs: unknown[] = []
  /** What other nodes sealed, in order. */
  readonly seals: string[] = []
  /** Every request that came, `POST /echo/000/abc/xhr`. */
  readonly requests: string[] = []

  private constructor(redis: RedisNode, http: Server) {
    this.redis = redis
    this.http = http
    const { nodes } = redis
    nodes.introduce({ url: this.url, version: '1', settings: 's', files: 'f', startedAt: 1 })
    this.forwarding = new Forwarding({ nodes, trustedHops: 1, maxAtOnce: 1000 })
    const common = { forwarding: this.forwarding, trustedHops: 1, onBug: (bug: unknown) => this.bugs.push(bug) }
    this.sockjs = new SockJsEndpoint({
      ...common,
      prefix: '/echo',
      cookieNeeded: true,
      allowScriptTransports: true,
      maxStreamBytes: 4096,
      accept: (line) => {
        this.lines.push(line)
        return { message: (text) => line.push(line.framing.frame(text)), closed: () => this.#forget(line) }
      },
    })
    this.socketio = new SocketIoEndpoint(common)
    this.socketio.serve({
      owns: (namespace) => namespace === '/open',
      headers: [],
      admit: async () => ({ enter: () => ({ accept: (line) => this.#accept(line) }) }),
    })
    http.on('request', (request, response) => {
      this.#note(request.method, request.url, request.headers[sealHeader])
      if (this.sockjs.handleRequest(request, response) || this.socketio.handleRequest(request, response)) return
      response.writeHead(404).end('elsewhere')
    })
    http.on('upgrade', (request, socket, head) => {
      this.#note('UPGRADE', request.url, request.headers[sealHeader])
      if (this.sockjs.handleUpgrade(request, socket, head) || this.socketio.handleUpgrade(request, socket, head)) return
      socket.destroy()
    })
  }

  /** Some that know each other. */
  static async several<Count extends 2 | 3>(redis: RedisServer, count: Count): Promise<Tuple[Count]> {
    const members = await RedisNode.several(redis, count)
    const nodes = await Promise.all(
      members.map(async (member) => {
        const http = createServer().listen(0, '127.0.0.1')
        await once(http, 'listening')
        return new WireNode(member, http)
      }),
    )
    const [all] = [nodes.map((node) => node.url)]
    const knows = ({ redis: { nodes: known } }: WireNode) =>
      all.every((url) => known.all.some((card) => card.url === url)) &&
      known.roster('forwarding').others('key').size === count - 1
    await until('all can reach each other', () => nodes.every(knows))
    return nodes as unknown as Tuple[Count]
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** A new SockJS session here: its path, before the transport. */
  async openSockJs(): Promise<string> {
    const path = `/echo/000/${randomUUID()}`
    assert.equal((await ask(this.port, 'POST', `${path}/xhr`)).text, 'o\n')
    return path
  }

  /** A new client here that polls, in the namespace: its path. */
  async openSocketIo(): Promise<string> {
    const base = '/socket.io/?EIO=4&transport=polling'
    const { text } = await ask(this.port, 'GET', base)
    const { sid } = JSON.parse(text.slice(1)) as { sid: string }
    const path = `${base}&sid=${sid}`
    assert.equal((await ask(this.port, 'POST', path, { body: '40/open,' })).text, 'ok')
    assert.match((await ask(this.port, 'GET', path)).text, /^40\/open,/)
    return path
  }

  /** As a process that is killed. */
  die(): void {
    this.http.close()
    this.http.closeAllConnections()
    this.redis.die()
  }

  /** As a process that is stopped: connections are taken, and nothing is said. */
  hang(): void {
    for (const event of ['request', 'upgrade']) this.http.removeAllListeners(event).on(event, () => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const drained = this.socketio.drain()
    for (const now of [1, 1_000_000]) this.socketio.sweep(now)
    await this.sockjs.drain({ code: 'drain', reason: 'test over', retry: 'never' })
    await drained
    this.http.close()
    this.http.closeAllConnections()
    await this.redis.close()
  }

  #note(method = '', url = '', seal?: string | string[]): void {
    this.requests.push(`${method} ${url}`)
    if (seal !== undefined) this.seals.push(String(seal))
  }

  #accept(line: NamespaceLine): {
    event: (name: string, args: readonly unknown[], ackId: number | null) => void
    closed: () => void
  } {
    this.sockets.push(line)
    return {
      event: (name, args, ackId) => (ackId === null ? line.emit(name, ...args) : line.answer(ackId, ...args)),
      closed: () => void this.sockets.splice(this.sockets.indexOf(line), 1),
    }
  }

  #forget(line: Line): void {
    this.lines.splice(this.lines.indexOf(line), 1)
  }
}

interface Tuple {
  2: readonly [WireNode, WireNode]
  3: readonly [WireNode, WireNode, WireNode]
}
