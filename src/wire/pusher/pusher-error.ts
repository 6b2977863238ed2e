/**
 * A refusal in the words of the Pusher protocol: a `pusher:error` frame. Codes below 4300 end the connection, with the
 * same code, and tell a client what to do next: 4000 to 4099 don't come back, 4100 to 4199 come back later, 4200 to
 * 4299 come back at once. Some refusals have no code.
 */
export class PusherError extends Error {
  readonly code: number | null

  constructor(code: number | null, message: string) {
    super(message)
    this.name = 'PusherError'
    this.code = code
  }

  get closes(): boolean {
    return this.code !== null && this.code < 4300
  }
}

/** A subscription that is refused. Its frame names the channel; the connection goes on. */
export class SubscriptionError extends Error {
  readonly type: 'AuthError' | 'LimitReached' | 'InvalidChannel'
  /** In the manner of HTTP. */
  readonly status: number

  constructor(type: SubscriptionError['type'], status: number, message: string) {
    super(message)
    this.name = 'SubscriptionError'
    this.type = type
    this.status = status
  }
}
