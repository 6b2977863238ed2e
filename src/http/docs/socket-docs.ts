import type { Schema } from '../route-docs.ts'

/** What the AsyncAPI document says of one address of a socket protocol: a path, a STOMP destination, a Socket.IO namespace. */
export interface SocketDocs {
  /** `cstalk`: addresses of one protocol stand together. */
  readonly tag: string
  /** `room`, unique in its protocol. */
  readonly name: string
  readonly title: string
  readonly description: string
  readonly server: SocketServer
  /** With `{parameters}`. */
  readonly address: string
  readonly parameters?: Readonly<Record<string, { readonly description: string; readonly example: string }>>
  /** Of the upgrade: objects, a property for each. */
  readonly query?: Schema
  readonly headers?: Schema
  /** By name: what clients send here, and what they hear. */
  readonly fromClient: Readonly<Record<string, MessageDocs>>
  readonly toClient: Readonly<Record<string, MessageDocs>>
}

/** Where the addresses of a wire are dialled. Equal ones are one in the document. */
export interface SocketServer {
  /** `stomp` */
  readonly name: string
  /** In AsyncAPI's words: `ws`, `stomp`. Over TLS it ends in `s`. */
  readonly protocol: string
  readonly pathname?: string
  readonly description: string
}

export interface MessageDocs {
  readonly summary: string
  /** Of the JSON that goes over the wire; of a Socket.IO event, its arguments. */
  readonly payload: Schema
  /** STOMP's. */
  readonly headers?: Schema
  /** Without them, the payload's own. */
  readonly examples?: readonly unknown[]
  /** What the callback of a Socket.IO event gets. */
  readonly ack?: Schema
}
