import type { BackoffOptions } from './backoff.ts'
import { eventArguments, type ClientEvents } from './client-events.ts'
import { Connection } from './connection.ts'
import type { Emitter } from './emitter.ts'
import { newClientId, type Environment } from './environment.ts'
import { errorCodes, GitpleLiveError } from './errors.ts'
import type { EventFrame, ReplyFrame } from './frames.ts'
import { Requests } from './requests.ts'
import { Sends } from './sends.ts'
import type { SessionToken } from './session-token.ts'
import type { Message, Meta, PendingMessage, User } from './types.ts'

export interface SessionOptions {
  readonly environment: Environment
  /** Of the server. */
  readonly baseUrl: string
  readonly appId: string
  readonly token: SessionToken
  readonly backoff: BackoffOptions
  readonly timeoutMs: number
  readonly maxQueued: number
  readonly emitter: Emitter<ClientEvents>
}

/** What happens on the socket, turned into events and promises. */
export class Session {
  readonly #options: SessionOptions
  readonly #connection: Connection
  readonly #requests: Requests
  readonly #sends: Sends
  #userId: string | null = null
  #ref = 0
  /** Of the promise of `open`; null once it has settled. */
  #opening: { readonly resolve: (user: User) => void; readonly reject: (error: GitpleLiveError) => void } | null = null
  /** Since the last connection was lost: a send that hears nothing for so long makes it come back. */
  #sendTimer: unknown = null

  constructor(options: SessionOptions) {
    this.#options = options
    const { environment, timeoutMs, token, emitter } = options
    this.#requests = new Requests(environment, timeoutMs)
    this.#sends = new Sends({
      environment,
      max: options.maxQueued,
      ask: (type, fields) => this.#ask(type, fields),
      tell: (frame, clientId) => this.#tell(frame, clientId),
      settled: (pending, outcome) => {
        if (outcome instanceof GitpleLiveError) emitter.emit('message:failed', pending, outcome)
        else emitter.emit('message:sent', outcome)
      },
    })
    this.#connection = new Connection({
      environment,
      url: `${options.baseUrl.replace(/^http/i, 'ws')}/v1/socket`,
      appId: options.appId,
      token: () => token.get(),
      renews: token.renews,
      backoff: options.backoff,
      timeoutMs,
      listener: {
        opened: (user, isReturn) => this.#opened(user, isReturn),
        lost: (reason, willReturn) => {
          this.#interrupted()
          emitter.emit('disconnected', { reason, will_reconnect: willReturn })
        },
        trying: (attempt) => emitter.emit('reconnectTry', { attempt }),
        failed: (error) => emitter.emit('error', error),
        expired: () => token.expired(),
        gaveUp: (error, isRefused) => this.#gaveUp(error, isRefused),
        happened: (frame) => this.#sends.happened(frame),
        missed: ({ channel_id, position, reason }, from) => {
          const gap = { channel_id, from, to: position?.[0] ?? null, reason }
          // What is held back was heard before it.
          this.#sends.afterHeld(channel_id, () => emitter.emit('gap', gap))
        },
        answered: (frame) => this.#answered(frame),
      },
    })
  }

  get state(): 'closed' | 'connecting' | 'open' {
    return this.#connection.state
  }

  /** Null before `open` and after `close`. */
  get userId(): string | null {
    return this.#userId
  }

  open(userId: string): Promise<User> {
    if (this.#userId !== null) {
      const busy = `${this.#userId} is connected: disconnectUser comes first`
      return Promise.reject(new GitpleLiveError(errorCodes.parameters, busy))
    }
    this.#userId = userId
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject }
      this.#connection.open(userId)
    })
  }

  /** Harmless when closed. */
  close(): void {
    if (this.#userId === null) return
    this.#end(new GitpleLiveError(errorCodes.notConnected, 'disconnected'))
    this.#options.emitter.emit('disconnected', { reason: 'disconnectUser', will_reconnect: false })
  }

  /** What a reply to the request says; rejects at once without a connection. */
  request<T>(type: string, fields: object): Promise<T> {
    const ref = this.#ask(type, fields)
    if (ref === null) return Promise.reject(new GitpleLiveError(errorCodes.notConnected, 'not connected'))
    return this.#requests.add<T>(ref, () => this.#connection.drop('a request was not answered'))
  }

  post(
    channelId: string,
    content: string,
    meta: Meta | undefined,
  ): { pending: PendingMessage; sent: Promise<Message> } {
    const pending: PendingMessage = {
      client_id: newClientId(),
      channel_id: channelId,
      type: 'text',
      user_id: this.#userId ?? '',
      content,
      ...(meta && { meta }),
      created_at: this.#options.environment.now(),
    }
    if (this.#userId === null) {
      const error = new GitpleLiveError(errorCodes.notConnected, 'connectUser comes first')
      return { pending, sent: Promise.reject(error) }
    }
    this.#options.emitter.emit('message:pending', pending)
    const sent = this.#sends.add(pending)
    this.#watch()
    return { pending, sent }
  }

  #ask(type: string, fields: object): number | null {
    const ref = ++this.#ref
    return this.#connection.send({ type, ref, ...fields }) ? ref : null
  }

  #answered(frame: ReplyFrame): void {
    if (!this.#sends.answered(frame)) return this.#requests.answered(frame)
    this.#options.environment.clearTimeout(this.#sendTimer)
    this.#sendTimer = null
    this.#watch()
  }

  /** One timer for all sends: it rings when none was answered for that long. */
  #watch(): void {
    if (this.#sends.size === 0 || this.state !== 'open' || this.#sendTimer !== null) return
    const { environment, timeoutMs } = this.#options
    this.#sendTimer = environment.setTimeout(() => {
      this.#sendTimer = null
      this.#connection.drop('a message was not acknowledged')
    }, timeoutMs)
  }

  #opened(user: User, isReturn: boolean): void {
    const { emitter } = this.#options
    this.#opening?.resolve(user)
    this.#opening = null
    if (isReturn) emitter.emit('reconnectSucceed', user)
    else emitter.emit('connected', user)
    this.#sends.flush()
    this.#watch()
  }

  #interrupted(): void {
    this.#options.environment.clearTimeout(this.#sendTimer)
    this.#sendTimer = null
    this.#sends.interrupted()
    this.#requests.interrupted()
  }

  #gaveUp(error: GitpleLiveError, isRefused: boolean): void {
    const { emitter } = this.#options
    const wasOpen = this.#opening === null
    this.#end(error)
    emitter.emit('error', error)
    if (wasOpen || !isRefused) emitter.emit('reconnectFailed', error)
  }

  #end(error: GitpleLiveError): void {
    this.#userId = null
    this.#connection.close()
    this.#interrupted()
    this.#sends.abandon(error)
    this.#opening?.reject(error)
    this.#opening = null
  }

  #tell({ event, data }: EventFrame, clientId: string | undefined): void {
    const names = (eventArguments as Readonly<Record<string, readonly string[] | undefined>>)[event]
    // A later server may tell more than this client knows.
    if (!names || !Object.hasOwn(eventArguments, event)) return
    const args = names.map((name) => (name === 'message' ? this.#located(data[name] as Message, clientId) : data[name]))
    this.#options.emitter.emit(event as keyof ClientEvents, ...(args as never))
  }

  /** With an address that leads to its file from anywhere, and the name that this client has for it. */
  #located(message: Message, clientId: string | undefined): Message {
    const { file } = message
    const url = file?.url.startsWith('/') ? this.#options.baseUrl + file.url : file?.url
    return {
      ...message,
      ...(file && url !== undefined && { file: { ...file, url } }),
      ...(clientId !== undefined && { client_id: clientId }),
    }
  }
}
