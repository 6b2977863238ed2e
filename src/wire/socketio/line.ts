import type { Close } from '../../core/errors.ts'
import type { Framing } from '../../core/ports.ts'
import { opcodes, websocketFrame } from '../websocket-frame.ts'
import type { SocketIoClient } from './client.ts'
import type { Namespace } from './namespaces.ts'
import { ackText, disconnectText } from './packet.ts'
import type { EventHandler, NamespaceLine } from './service.ts'

/** One of these per client and namespace: few fields, no closures. */
export class SocketIoLine implements NamespaceLine {
  readonly id: string
  readonly namespace: Namespace
  readonly #client: SocketIoClient
  #handler: EventHandler | null = null
  #closing = false
  #lost = false

  constructor(id: string, namespace: Namespace, client: SocketIoClient) {
    this.id = id
    this.namespace = namespace
    this.#client = client
  }

  get framing(): Framing {
    return this.namespace.framing
  }

  get address(): string {
    return this.#client.address
  }

  get origin(): string | null {
    return this.#client.origin
  }

  open(handler: EventHandler): void {
    this.#handler = handler
    // Its owner may have closed it already.
    if (this.#closing) setImmediate(finish, this)
  }

  push(bytes: Uint8Array): void {
    if (!this.#closing) this.#client.push(bytes)
  }

  emit(name: string, ...args: readonly unknown[]): void {
    this.push(this.framing.frame(JSON.stringify([name, ...args])))
  }

  answer(ackId: number, ...args: readonly unknown[]): void {
    this.push(websocketFrame(opcodes.text, ackText(this.namespace.name, ackId, args)))
  }

  close(close: Close): void {
    if (this.#closing) return
    if (close.code === 'stale') return this.#client.cutOff()
    if (close.retry !== 'never') return this.#client.close()
    this.push(websocketFrame(opcodes.text, disconnectText(this.namespace.name)))
    this.end(false)
  }

  /** An event came. */
  event(name: string, args: readonly unknown[], ackId: number | null): void {
    if (this.#closing || this.#handler === null) return
    try {
      this.#handler.event(name, args, ackId)
    } catch (error) {
      this.#client.bug(error)
    }
  }

  /** Nothing more goes in or out. The owner hears of it not from within: it may be in the middle of something. */
  end(lost: boolean): void {
    if (this.#closing) return
    this.#closing = true
    this.#lost = lost
    this.#client.left(this)
    setImmediate(finish, this)
  }

  /** Tells the owner, once. */
  finish(): void {
    const handler = this.#handler
    this.#handler = null
    try {
      handler?.closed(this.#lost)
    } catch (error) {
      this.#client.bug(error)
    }
  }
}

function finish(line: SocketIoLine): void {
  line.finish()
}
