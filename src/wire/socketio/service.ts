import type { Line } from '../../core/ports.ts'
import type { Fields } from './packet.ts'

/** Who asks to enter a namespace. */
export interface Knock {
  readonly namespace: string
  /** What a client 3 or 4 wrote into `auth`, or a client 2 into the query of the namespace. */
  readonly auth: Fields
  /** Of the request that opened the connection: those that the service named. */
  readonly headers: Readonly<Partial<Record<string, string>>>
  /** Of its address: those that the service named. */
  readonly query: Readonly<Partial<Record<string, string>>>
  readonly address: string
  readonly origin: string | null
  /** Of Engine.IO: 3 for clients 1 and 2, 4 for those after. */
  readonly revision: 3 | 4
}

/** Who may not enter: the client's `connect_error` has the message (clients 2: `error`). */
export interface Refusal {
  readonly refused: string
}

/** Who may: `enter` is called at once before the client hears that it is connected, and not when it has gone by then. */
export interface Welcome {
  readonly enter: () => Entry
}

export interface Entry {
  /** Called once the client has heard that it is connected. */
  readonly accept: (line: NamespaceLine) => EventHandler
  /** The socket's id. Must be unguessable, and nobody else's now. Default: a new one. Clients 2 make up their own. */
  readonly id?: string
  /** Clients 4 send it when they come back, as `pid`, with the last text that ended an event's arguments as `offset`. */
  readonly pid?: string
}

/** Who is at home in some namespaces. */
export interface NamespaceService {
  owns(namespace: string): boolean
  /** Headers of the opening request, in lower case, that `admit` asks for. */
  readonly headers: readonly string[]
  /** Parameters of its address. Clients 2 put what they say to the root namespace there, later ones may. */
  readonly parameters?: readonly string[]
  /** Rejecting is a bug, and closes the connection. */
  admit(knock: Knock): Promise<Welcome | Refusal>
}

/**
 * One client's place in one namespace. A close that is for good (`never`) disconnects it from the namespace, and it stays
 * away; any other closes the connection under it without a word, and it comes back by itself. `stale` doesn't wait for it to take
 * what was said before.
 */
export interface NamespaceLine extends Line {
  emit(name: string, ...args: readonly unknown[]): void
  /** Answers an event that asked for it. Once, which is for the caller to see to. */
  answer(ackId: number, ...args: readonly unknown[]): void
}

/** Never called after `closed`, which is called exactly once. Throwing is a bug, and closes the connection. */
export interface EventHandler {
  /** `ackId`: what to answer with; null when the client doesn't ask. */
  event(name: string, args: readonly unknown[], ackId: number | null): void
  /** `lost`: the connection broke or was hung up, as opposed to somebody leaving the namespace. */
  closed(lost: boolean): void
}
