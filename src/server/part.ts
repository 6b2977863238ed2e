import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Close } from '../core/errors.ts'
import type { SocketDocs } from '../http/docs/socket-docs.ts'
import type { Mount } from '../http/mount.ts'

/** A protocol as the server sees it. */
export interface Part {
  readonly mounts: readonly Mount[]
  /** For the AsyncAPI document. */
  readonly sockets?: readonly SocketDocs[]
  /** Answers a request that is no route's, a SockJS transport for instance; false when it isn't the part's. */
  takeRequest(request: IncomingMessage, response: ServerResponse): boolean
  /** The same for an upgrade. */
  takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** What `/healthz` says of it besides; null for nothing. */
  health?(): object | null
  /** Closes every connection in the protocol's words. Resolves when they are gone. */
  drain(close: Close): Promise<void>
}
