import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/** A network on the way to a server, with everything that networks do. */
export class NetworkProxy implements AsyncDisposable {
  /** Connections that were made, in all. */
  dials = 0
  readonly #listener: Server
  readonly #port: number
  readonly #pairs = new Set<Pair>()
  /** Ends whose other end is gone. */
  readonly #orphans = new Set<Socket>()
  #isDown = false
  #isStalled = false
  #bytesAtOnce: number | null = null
  #opened: (() => void) | null = null

  private constructor(listener: Server, port: number) {
    this.#listener = listener
    this.#port = port
    listener.on('connection', (socket) => this.#open(socket))
  }

  /** To a server at an address such as `http://127.0.0.1:8080`. */
  static async to(url: string): Promise<NetworkProxy> {
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return new NetworkProxy(listener, Number(new URL(url).port))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`
  }

  /** Both ends lose what is open. New connections get through. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy()
      server.destroy()
    }
  }

  /** The clients lose their connections, the server keeps them: those who come back are there twice. */
  orphan(): void {
    for (const pair of this.#pairs) {
      pair.client.unpipe()
      pair.server.unpipe()
      this.#pairs.delete(pair)
      this.#orphans.add(pair.server)
      pair.server.resume()
      pair.client.destroy()
    }
  }

  /** What is open stays open, and nothing gets through it any more. New connections do, if asked for. */
  stall({ newOnes = false } = {}): void {
    for (const { client, server } of this.#pairs) {
      client.unpipe()
      server.unpipe()
      client.pause()
      server.pause()
    }
    this.#isStalled = newOnes
  }

  /** What is open carries what clients say to the server, and nothing back. */
  deafen(): void {
    for (const { client, server } of this.#pairs) {
      server.unpipe(client)
      server.pause()
    }
  }

  /** New connections are refused. */
  down(): void {
    this.#isDown = true
    this.cut()
  }

  /** From now on so many bytes in one turn of the event loop. */
  slow(bytesAtOnce: number): void {
    this.#bytesAtOnce = bytesAtOnce
  }

  /** New connections get through, as fast as they can. */
  mend(): void {
    this.#isDown = this.#isStalled = false
    this.#bytesAtOnce = null
  }

  /** Resolves with the next connection. */
  opened(): Promise<void> {
    return new Promise((resolve) => (this.#opened = resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.down()
    for (const socket of this.#orphans) socket.destroy()
    this.#listener.close()
    await once(this.#listener, 'close')
  }

  #open(client: Socket): void {
    client.on('error', ignore)
    if (this.#isDown) return void client.destroy()
    this.dials++
    const server = connect(this.#port, '127.0.0.1')
    server.on('error', ignore)
    const pair = { client, server }
    this.#pairs.add(pair)
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('close', () => {
        this.#orphans.delete(socket)
        // An orphan's other end was taken from it on purpose.
        if (!this.#pairs.delete(pair)) return
        client.destroy()
        server.destroy()
      })
    }
    if (this.#isStalled) client.pause()
    else if (this.#bytesAtOnce === null) client.pipe(server).pipe(client)
    else {
      drip(client, server, this.#bytesAtOnce)
      drip(server, client, this.#bytesAtOnce)
    }
    this.#opened?.()
  }
}

function drip(from: Socket, to: Socket, bytesAtOnce: number): void {
  const waiting: Buffer[] = []
  let isDripping = false
  const next = (): void => {
    const chunk = waiting.shift()
    isDripping = chunk !== undefined
    if (!chunk || to.destroyed) return
    to.write(chunk.subarray(0, bytesAtOnce))
    if (chunk.length > bytesAtOnce) waiting.unshift(chunk.subarray(bytesAtOnce))
    setImmediate(next)
  }
  from.on('data', (chunk: Buffer) => {
    waiting.push(chunk)
    if (!isDripping) next()
  })
}

function ignore(): void {}
