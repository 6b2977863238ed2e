/** What a client did that STOMP forbids. `message` goes into the `message` header of the ERROR frame. */
export class StompError extends Error {
  /** The receipt that the offending frame asked for, where it was read before the fault. */
  receipt: string | null = null
  /** Further headers of the ERROR frame. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string

  constructor(message: string, headers: ReadonlyMap<string, string> = new Map(), body = '') {
    super(message)
    this.name = 'StompError'
    this.headers = headers
    this.body = body
  }
}

/** What a client sent, short and printable, for a message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}
