import { randomBytes } from 'node:crypto'

/**
 * By which the application knows a connection: two numbers with a point between, which the libraries of Pusher check. The
 * application's signatures are for it, so it can't be guessed.
 */
export function newSocketId(): string {
  const bytes = randomBytes(12)
  return `${bytes.readUIntBE(0, 6)}.${bytes.readUIntBE(6, 6)}`
}
