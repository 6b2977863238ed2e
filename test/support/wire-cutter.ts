import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A wire on the way to a server, which a test can cut. */
export class WireCutter implements AsyncDisposable {
  readonly #server: Server
  readonly #port: number
  readonly #clients = new Set<Socket>()
  readonly #servers = new Set<Socket>()
  #isCut = false

  private constructor(server: Server, port: number) {
    this.#server = server
    this.#port = port
    server.on('connection', (socket) => this.#open(socket))
  }

  /** To a server at an address such as `http://127.0.0.1:8080`. */
  static async to(url: string): Promise<WireCutter> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new WireCutter(server, Number(new URL(url).port))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Both ends lose what is open. Until `mend` nobody gets through. */
  cut(): void {
    this.cutClients()
    for (const socket of this.#servers) socket.destroy()
  }

  /** The server hears nothing of it, as when a cable is pulled. */
  cutClients(): void {
    this.#isCut = true
    for (const socket of this.#clients) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #open(client: Socket): void {
    if (this.#isCut) return void client.destroy()
    const server = connect(this.#port, '127.0.0.1')
    keep(this.#clients, client)
    keep(this.#servers, server)
    client.pipe(server).pipe(client)
  }
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.on('error', () => {})
  socket.on('close', () => sockets.delete(socket))
}
