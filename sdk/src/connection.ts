import { Backoff, type BackoffOptions } from './backoff.ts'
import type { Environment } from './environment.ts'
import { errorCodes, GitpleLiveError, toError } from './errors.ts'
import {
  capabilities,
  wireVersion,
  type ErrorFrame,
  type EventFrame,
  type GapFrame,
  type HelloFrame,
  type ReadyFrame,
  type ReplyFrame,
  type ServerFrame,
  type WelcomeFrame,
} from './frames.ts'
import { Link, type LinkEnd } from './link.ts'
import { Positions } from './positions.ts'
import type { User } from './types.ts'
import { version } from './version.ts'

/** What a connection tells its owner. None of these is called after `close`. */
export interface ConnectionListener {
  /** Everything that was missed has been told. */
  opened(user: User, isReturn: boolean): void
  /** It was open. */
  lost(reason: string, willReturn: boolean): void
  /** An attempt to return begins. */
  trying(attempt: number): void
  /** An attempt failed. */
  failed(error: GitpleLiveError): void
  /** The token is good no longer. */
  expired(): void
  /** No more attempts. `isRefused`: the server doesn't want this client to come back. */
  gaveUp(error: GitpleLiveError, isRefused: boolean): void
  happened(frame: EventFrame): void
  missed(frame: GapFrame, from: number | null): void
  answered(frame: ReplyFrame): void
}

export interface ConnectionOptions {
  readonly environment: Environment
  readonly url: string
  readonly appId: string
  readonly token: () => string | Promise<string>
  /** Whether `token` may give another one when one has expired. */
  readonly renews: boolean
  readonly backoff: BackoffOptions
  readonly timeoutMs: number
  readonly listener: ConnectionListener
}

/** Refusals that another attempt would meet again, by the close code, where the frame before it got lost. */
const refusals: Readonly<Record<number, number>> = {
  4400: errorCodes.parameters,
  4401: errorCodes.badToken,
  4403: errorCodes.expiredToken,
}

/** How many channels are asked for at a time when the server says that there is more. */
const resumedAtOnce = 50
/** The other requests count from 1. */
const resumeRef = 0

/** A link that comes back: it dials again when it was lost, says how far it has heard, and hears what it missed. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #backoff: Backoff
  readonly #positions = new Positions()
  #state: 'closed' | 'dialing' | 'resuming' | 'open' | 'waiting' = 'closed'
  #userId = ''
  #user: User | null = null
  #link: Link | null = null
  #timer: unknown
  #refusal: ErrorFrame | null = null
  /** Its token was renewed since it was last open. */
  #isRenewed = false
  #wasOpen = false
  /** Channels that are to be asked for after those that are being asked for. */
  #pending: readonly string[] = []
  /** Counts up with each attempt and each end, so that a token that comes late is not used. */
  #attempt = 0
  #stopListening: (() => void) | null = null

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.backoff, options.environment.random)
  }

  get state(): 'closed' | 'connecting' | 'open' {
    if (this.#state === 'closed' || this.#state === 'open') return this.#state
    return 'connecting'
  }

  open(userId: string): void {
    this.#userId = userId
    this.#wasOpen = false
    this.#isRenewed = false
    this.#backoff.reset()
    this.#positions.clear()
    this.#stopListening = this.#options.environment.onReturn((how) => this.#returned(how))
    this.#dial()
  }

  close(): void {
    this.#state = 'closed'
    this.#attempt++
    this.#options.environment.clearTimeout(this.#timer)
    this.#stopListening?.()
    this.#stopListening = null
    this.#link?.end()
    this.#link = null
    this.#user = null
  }

  /** False when it isn't open. */
  send(frame: object): boolean {
    if (this.#state !== 'open') return false
    this.#link?.send(frame)
    return true
  }

  /** The other end seems gone: gives the link up and comes back. */
  drop(reason: string): void {
    if (this.#state === 'closed' || this.#state === 'waiting') return
    this.#link?.end()
    this.#ended({ code: 1006, reason })
  }

  #dial(): void {
    this.#state = 'dialing'
    this.#refusal = null
    const attempt = ++this.#attempt
    // Called from a timer or from `open`: what the token's function throws must not get out of here.
    new Promise<string>((resolve) => resolve(this.#options.token())).then(
      (token) => {
        if (attempt === this.#attempt) this.#link = this.#linked(token)
      },
      (error: unknown) => {
        if (attempt !== this.#attempt) return
        this.#options.listener.failed(toError(error, errorCodes.badToken))
        this.#retry(new GitpleLiveError(errorCodes.badToken, 'no session token'))
      },
    )
  }

  #linked(token: string): Link | null {
    const { environment, url, appId, timeoutMs } = this.#options
    const hello: HelloFrame = {
      type: 'hello',
      version: wireVersion,
      client: `gitple-live-sdk/${version}`,
      app_id: appId,
      user_id: this.#userId,
      token,
      capabilities,
      positions: this.#positions.all(),
    }
    try {
      return new Link({
        environment,
        url,
        hello,
        timeoutMs,
        onFrame: (frame) => this.#heard(frame),
        onEnd: (end) => this.#ended(end),
      })
    } catch (error) {
      this.#giveUp(toError(error, errorCodes.parameters), true)
      return null
    }
  }

  #heard(frame: ServerFrame): void {
    const { listener } = this.#options
    switch (frame.type) {
      case 'welcome':
        return this.#welcomed(frame)
      case 'ready':
        return this.#caughtUp(frame)
      case 'event':
        return this.#happened(frame)
      case 'position':
        this.#hear(frame.channel_id, frame.seq, undefined)
        return
      case 'gap': {
        const from = this.#positions.of(frame.channel_id)?.[0] ?? null
        if (frame.position) this.#positions.set(frame.channel_id, frame.position)
        else this.#positions.forget(frame.channel_id)
        return listener.missed(frame, from)
      }
      case 'reply':
        if (frame.ref === resumeRef) return this.#resumed(frame)
        return listener.answered(frame)
      case 'error':
        this.#refusal = frame
    }
  }

  #welcomed(frame: WelcomeFrame): void {
    this.#state = 'resuming'
    this.#user = frame.user
    this.#link?.keepAlive(frame.heartbeat_ms)
    for (const [channelId, position] of Object.entries(frame.positions)) this.#positions.set(channelId, position)
  }

  #caughtUp({ pending }: ReadyFrame): void {
    if (this.#state !== 'resuming' || this.#user === null) return
    if (pending.length > 0) {
      const positions = this.#positions.some(pending.slice(0, resumedAtOnce))
      this.#link?.send({ type: 'resume', ref: resumeRef, positions })
      this.#pending = pending.slice(resumedAtOnce)
      return
    }
    const isReturn = this.#wasOpen
    this.#state = 'open'
    this.#wasOpen = true
    this.#isRenewed = false
    this.#backoff.reset()
    this.#options.listener.opened(this.#user, isReturn)
  }

  #resumed({ ok, data }: ReplyFrame): void {
    if (!ok) return this.drop('the server could not resume')
    const still = (data as { readonly pending?: readonly string[] } | undefined)?.pending ?? []
    this.#caughtUp({ type: 'ready', pending: [...still, ...this.#pending] })
  }

  #happened(frame: EventFrame): void {
    const { channel_id: channelId, seq, data } = frame
    if (channelId !== undefined && seq !== undefined) {
      if (!this.#hear(channelId, seq, data.channel?.created_at)) return
      // Its own end of a membership is the last that it hears of the channel.
      const isOver = frame.event === 'group:channel_leave' || frame.event === 'group:channel_ban'
      if (isOver && data.user?.user_id === this.#userId) this.#positions.forget(channelId)
    } else if (channelId !== undefined && frame.event === 'group:channel_delete') this.#positions.forget(channelId)
    this.#options.listener.happened(frame)
  }

  #hear(channelId: string, seq: number, epoch: number | undefined): boolean {
    const heard = this.#positions.hear(channelId, seq, epoch)
    // A server that obeys the protocol leaves no hole; something on the way may. Coming back fills it.
    if (heard === 'hole') this.drop(`event ${seq} of ${channelId} came too early`)
    return heard === 'new'
  }

  #ended({ code, reason }: LinkEnd): void {
    this.#link = null
    this.#attempt++
    const wasOpen = this.#state === 'open'
    const refusal = this.#refusal
    const why = refusal?.error.message ?? (reason || `the connection ended with ${code}`)
    const refusedAs = refusal?.retry === 'never' ? refusal.error.code : refusal ? undefined : refusals[code]
    const renews = refusedAs === errorCodes.expiredToken && this.#options.renews && !this.#isRenewed
    const isOver = refusedAs !== undefined && !renews
    this.#state = 'waiting'
    if (wasOpen) this.#options.listener.lost(why, !isOver)
    // The application may have closed it in that event.
    if (this.state === 'closed') return
    const error = new GitpleLiveError(refusedAs ?? errorCodes.connect, why, refusal?.error.name)
    if (isOver) return this.#giveUp(error, true)
    if (renews) {
      this.#isRenewed = true
      this.#options.listener.expired()
    } else if (!wasOpen) this.#options.listener.failed(error)
    this.#retry(error)
  }

  #retry(error: GitpleLiveError): void {
    if (this.state === 'closed') return
    const delayMs = this.#backoff.next()
    if (delayMs === null) return this.#giveUp(error, false)
    this.#state = 'waiting'
    this.#timer = this.#options.environment.setTimeout(() => this.#tryAgain(), delayMs)
  }

  #tryAgain(): void {
    this.#options.environment.clearTimeout(this.#timer)
    this.#state = 'dialing'
    this.#options.listener.trying(Math.max(1, this.#backoff.tried))
    if (this.state !== 'closed') this.#dial()
  }

  #giveUp(error: GitpleLiveError, isRefused: boolean): void {
    this.close()
    this.#options.listener.gaveUp(error, isRefused)
  }

  /** The machine is online again or the page is looked at: no reason to wait, and an old connection may be dead. */
  #returned(how: 'online' | 'visible'): void {
    if (this.#state === 'waiting') {
      if (how === 'online') this.#backoff.reset()
      this.#tryAgain()
    } else this.#link?.probe()
  }
}
