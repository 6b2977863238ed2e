import { createRequire } from 'node:module'

/** stomp-websocket 2.3.3, which has no types. */

export interface Stomp2Frame {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Stomp2Client {
  debug: ((line: string) => void) | null
  connect(
    headers: Record<string, string>,
    connected: (frame: Stomp2Frame) => void,
    failed: (why: Stomp2Frame | string) => void,
  ): void
  subscribe(
    destination: string,
    hear: (frame: Stomp2Frame) => void,
    headers?: Record<string, string>,
  ): { id: string; unsubscribe(): void }
  send(destination: string, headers: Record<string, string>, body: string): void
  disconnect(done: () => void): void
}

const require = createRequire(import.meta.url)
export const Stomp = require('stompjs') as { over(socket: WebSocket): Stomp2Client }
