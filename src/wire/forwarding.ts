import {
  Agent as HttpAgent,
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { NodeCard, Nodes } from '../core/nodes.ts'
import { clientAddress, tellAddress } from './address.ts'
import { Departures } from './departures.ts'
import { Farewell } from './farewell.ts'
import { headOf, passedOn } from './hop-headers.ts'
import { brokenSeal, newSealKey, sealHeader, sealOf } from './seal.ts'

const connectTimeoutMs = 3000
const lingerMs = 30_000
const maxIdleSockets = 64
const topic = 'forwarding'
const keyName = 'key'
const leavingMs = 2000
/** What is said over Redis may come before the request that it is about. */
const tellAgainMs = 100

export interface ForwardingOptions {
  readonly nodes: Nodes
  /** Proxies in front of the nodes, see `clientAddress`. */
  readonly trustedHops: number
  /** Requests and upgrades on their way at a time; more are answered as if their session were gone. Default 100,000. */
  readonly maxAtOnce?: number
  /** How clients whose WebSockets go through here are cut off when this node leaves. Default: all at once. */
  readonly farewell?: Farewell
}

/** Where a request goes. */
export interface Destination {
  readonly node: NodeCard
  /** How long nothing may happen. */
  readonly patienceMs: number
  /** The node can't be reached, or is another by now: the client must hear what it would hear if its session were unknown. */
  readonly missing: () => void
}

/**
 * Whom a request comes from: a client, or another node that passes it on. `forged`: it says so, and it is not true, or it was
 * meant for another node than this. To be refused with `misdirected`.
 */
export type Arrival = 'client' | 'forged' | PassedOn

export interface PassedOn {
  /** The answer may take long: when the node that it goes through leaves, `letGo` is to end it so that the client asks again. */
  watch(response: ServerResponse, letGo: () => void): void
}

/** The status for a forged request. A node that hears it knows that it doesn't talk to whom it thinks. */
export const misdirected = 421

/**
 * Passes requests of clients on to the node that has their session, streaming both ways. The other node sees the client's
 * address and headers as if the client had asked it, and never passes the request on again.
 *
 * What comes from a node is known by a seal made with the key of the node that it goes to. Each start of a node has a key of
 * its own, which nobody but the other nodes gets to know.
 */
export class Forwarding {
  readonly nodes: Nodes
  /** Requests and upgrades that were sent to other nodes, */
  passed = 0
  /** those that found nobody there, */
  missed = 0
  /** and those on their way now. */
  atOnce = 0
  readonly #trustedHops: number
  readonly #maxAtOnce: number
  readonly #farewell: Farewell
  readonly #key = newSealKey()
  readonly #keys: ReturnType<Nodes['roster']>
  readonly #http = new HttpAgent({ keepAlive: true, maxFreeSockets: maxIdleSockets })
  readonly #https = new HttpsAgent({ keepAlive: true, maxFreeSockets: maxIdleSockets })
  readonly #departures = new Departures()
  #isLeaving = false
  /** Clients' ends of upgrades. */
  readonly #tunnels = new Set<Duplex>()

  constructor(options: ForwardingOptions) {
    this.nodes = options.nodes
    this.#trustedHops = options.trustedHops
    this.#maxAtOnce = options.maxAtOnce ?? 100_000
    this.#farewell = options.farewell ?? new Farewell()
    this.#keys = options.nodes.roster(topic)
    this.#keys.put(keyName, this.#key)
    this.nodes.hear(topic, (_, from) => this.#departures.letGo(from))
  }

  /** Null for one that isn't there any more, and for this one. */
  node(id: string): NodeCard | null {
    if (id === this.nodes.id) return null
    return this.nodes.all.find((card) => card.id === id) ?? null
  }

  /** Asked first of all, and once: from here on the client's address is known. */
  arrivalOf(request: IncomingMessage): Arrival {
    const seal = request.headers[sealHeader]
    if (seal === undefined) return 'client'
    const sealed = brokenSeal(this.#key, request, String(seal))
    if (sealed === null) return 'forged'
    tellAddress(request, sealed.address)
    return { watch: (response, letGo) => this.#departures.watch(sealed.nodeId, response, letGo) }
  }

  /** Answers a GET or a POST with what the other node says. */
  pass(request: IncomingMessage, response: ServerResponse, to: Destination): void {
    if (response.destroyed) return
    const hasBody = request.method === 'POST'
    const onward = this.#dial(request, to, hasBody, [])
    if (onward === null) return to.missing()
    let isOver = false
    const fail = (): void => {
      if (response.headersSent || response.destroyed || isOver) return
      isOver = true
      this.missed++
      request.unpipe(onward)
      onward.destroy()
      if (!request.complete) response.setHeader('Connection', 'close')
      to.missing()
    }
    onward.on('error', fail)
    onward.on('response', (answer) => {
      if (answer.statusCode === misdirected) return fail()
      // What the node didn't want to read is in the way of the next request.
      const own = request.complete ? [] : ['Connection', 'close']
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [...passedOn(answer), ...own])
      answer.on('end', () => (isOver = true))
      answer.on('error', ignore)
      // A client must see that it has only a part.
      answer.on('close', () => answer.complete || response.destroy())
      answer.pipe(response)
    })
    response.once('close', () => {
      this.atOnce--
      if (!isOver) onward.destroy()
    })
    // A body that comes with a GET has no length by now, and would look like the next request.
    if (hasBody) request.pipe(onward)
    else onward.end()
  }

  /** The same for an upgrade to WebSocket. */
  passUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, to: Destination): void {
    if (socket.destroyed) return
    const onward = this.#dial(request, to, false, upgrade)
    if (onward === null) return to.missing()
    let isMissing = false
    const fail = (): void => {
      if (isMissing || socket.destroyed) return
      isMissing = true
      this.missed++
      onward.destroy()
      to.missing()
    }
    this.#tunnels.add(socket)
    socket.on('error', destroy)
    socket.once('close', () => {
      this.#tunnels.delete(socket)
      this.atOnce--
      onward.destroy()
    })
    onward.on('error', fail)
    onward.on('response', (answer) => {
      if (answer.statusCode === misdirected) return fail()
      answer.on('error', ignore)
      socket.write(headOf(answer, ['Connection', 'close']))
      answer.pipe(socket)
      lingering(socket)
    })
    onward.on('upgrade', (answer, other, otherHead) => {
      socket.write(headOf(answer, upgrade))
      join(socket as Socket, head, other as Socket, otherHead)
    })
    onward.end()
  }

  /**
   * Lets go of the clients whose requests go through here. Resolves when none does, or after 2 s: a load balancer may go on
   * sending them.
   */
  async drain(): Promise<void> {
    this.#isLeaving = true
    if (this.atOnce > 0) this.#letGo()
    await this.#farewell.tellAll(this.#tunnels, hangUp)
    for (let i = 0; i < leavingMs / tellAgainMs && this.atOnce > 0; i++) {
      for (const socket of this.#tunnels) hangUp(socket)
      this.#letGo()
      await new Promise((resolve) => setTimeout(resolve, tellAgainMs).unref())
    }
  }

  #letGo(): void {
    this.nodes.tell(topic, 'leaving')
  }

  /** `own`: headers of this hop. Null when it can't be sent. */
  #dial(request: IncomingMessage, to: Destination, hasBody: boolean, own: readonly string[]): ClientRequest | null {
    const { node, patienceMs } = to
    const key = this.#keys.others(keyName).get(node.id)
    if (key === undefined || this.atOnce >= this.#maxAtOnce) {
      this.missed++
      return null
    }
    const headers = passedOn(request, !hasBody)
    const address = clientAddress(request, this.#trustedHops)
    headers.push(sealHeader, sealOf(key, request, { nodeId: this.nodes.id, address }), ...own)
    const isSecure = node.url.startsWith('https:')
    const options: RequestOptions = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers,
      agent: isSecure ? this.#https : this.#http,
      timeout: connectTimeoutMs,
    }
    try {
      if (request.headers.host === undefined) headers.push('Host', new URL(node.url).host)
      const onward = (isSecure ? requestHttps : requestHttp)(node.url, options)
      onward.on('socket', (socket) => {
        if (socket.connecting) socket.once('connect', () => socket.setTimeout(patienceMs))
        else socket.setTimeout(patienceMs)
      })
      onward.on('timeout', () => onward.destroy(new Error('the other node says nothing')))
      this.passed++
      this.atOnce++
      if (this.#isLeaving) setTimeout(() => this.#letGo(), tellAgainMs).unref()
      return onward
    } catch {
      // A header that Node reads and doesn't write, or a node that has no address yet.
      this.missed++
      return null
    }
  }
}

const upgrade: readonly string[] = ['Connection', 'Upgrade', 'Upgrade', 'websocket']

function join(client: Socket, head: Buffer, node: Socket, nodeHead: Buffer): void {
  node.on('error', destroy)
  // They may be silent for as long as their protocol allows.
  node.setTimeout(0)
  for (const socket of [client, node]) socket.setNoDelay(true).setKeepAlive(true, lingerMs)
  node.write(head)
  client.write(nodeHead)
  client.pipe(node).pipe(client)
  client.once('close', () => node.destroySoon())
  node.once('close', () => {
    lingering(client)
    client.destroySoon()
  })
}

/** Who doesn't read the last words must not keep the socket. */
function lingering(socket: Duplex): void {
  ;(socket as Socket).setTimeout(lingerMs, destroy)
}

function hangUp(socket: Duplex): void {
  socket.destroy()
}

function destroy(this: Duplex): void {
  this.destroy()
}

function ignore(): void {}
