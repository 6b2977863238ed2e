/** The SDK's own codes. What the server refuses has the server's: 1001 to 9999. */
export const errorCodes = {
  parameters: 60101,
  badToken: 60102,
  expiredToken: 60103,
  server: 60901,
  connect: 60902,
  notConnected: 60904,
} as const

/** Too many requests: the one refusal of the server's after which trying again makes sense. */
export const tooManyRequests = 9001

const names: Readonly<Record<number, string>> = {
  60101: 'InvalidParameters',
  60102: 'InvalidToken',
  60103: 'ExpiredToken',
  60901: 'ServerError',
  60902: 'ConnectError',
  60904: 'NotConnected',
}

/**
 * Everything that the SDK rejects with, and what the event `error` carries.
 *
 * @example
 * ```ts
 * try {
 *   await client.getChannel({ channel_id: 'no_such_channel' })
 * } catch (error) {
 *   if (error instanceof GitpleLiveError) console.log(error.code, error.name, error.message)
 * }
 * ```
 */
export class GitpleLiveError extends Error {
  /** 60101 parameters, 60102 bad token, 60103 expired token, 60901 server, 60902 connect, 60904 not connected; else the server's. */
  readonly code: number

  constructor(code: number, message: string, name: string = names[code] ?? 'ServerError') {
    super(message)
    this.code = code
    this.name = name
  }
}

/** What was thrown, as an error of the SDK's. */
export function toError(thrown: unknown, code: number = errorCodes.server): GitpleLiveError {
  if (thrown instanceof GitpleLiveError) return thrown
  return new GitpleLiveError(code, thrown instanceof Error ? thrown.message : String(thrown))
}
