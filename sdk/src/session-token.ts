/** The token as it was given, or a function that fetches one from the application's own server. */
export type TokenSource = string | (() => string | Promise<string>)

/** A token is fetched when there is none, and again when the one there was has expired. */
export class SessionToken {
  readonly renews: boolean
  readonly #source: TokenSource
  #token: Promise<string> | null = null

  constructor(source: TokenSource) {
    this.#source = source
    this.renews = typeof source === 'function'
  }

  get(): Promise<string> {
    if (this.#token) return this.#token
    const source = this.#source
    const token = new Promise<string>((resolve) => resolve(typeof source === 'function' ? source() : source))
    this.#token = token
    token.catch(() => this.expired())
    return token
  }

  /** The next one to ask gets a new one, where there may be one. */
  expired(): void {
    this.#token = null
  }
}
