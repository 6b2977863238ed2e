import type { Swept } from '../../../core/broom.ts'
import type { AppId } from '../../../core/model.ts'
import type { Clock, Log } from '../../../core/ports.ts'
import { httpCall } from '../../../wire/http-call.ts'
import type { LaravelApp } from '../settings.ts'
import type { AuthHeaders } from './auth-headers.ts'

export interface AuthQuestion {
  readonly channel: string
  readonly socketId: string
  readonly headers: AuthHeaders
  /** Asked again when its turn comes: whether somebody still wants to know. */
  readonly wanted: () => boolean
}

export interface AuthAnswer {
  /** Of HTTP; 0 when nobody answered. */
  readonly status: number
  readonly body: string
}

export interface AuthServersOptions {
  /** For the whole of an answer. */
  readonly timeoutMs: number
  /** Questions to one application at the same time. */
  readonly maxAtOnce: number
  /** Questions that wait for their turn, of one application. Past it nobody answers. */
  readonly maxWaiting: number
  /** Of an answer. */
  readonly maxAnswerBytes: number
  readonly log: Log
  readonly now: Clock
}

interface Waiting {
  readonly question: AuthQuestion
  readonly since: number
  readonly answer: (answer: AuthAnswer) => void
}

/** The questions to one application. */
interface Desk {
  readonly app: LaravelApp
  atOnce: number
  waiting: Waiting[]
  unanswered: number
  told: number
}

const nobody: AuthAnswer = { status: 0, body: '' }
/** A client that has waited for so long has come back by itself, or given up. */
const maxWaitMs = 60_000
const tellEveryMs = 60_000

/**
 * Asks applications whether a client may join a channel: `POST` to their `/broadcasting/auth`, an address that stands in
 * the configuration. One application that doesn't answer keeps no other one's clients waiting.
 */
export class AuthServers implements Swept {
  readonly #options: AuthServersOptions
  readonly #desks = new Map<AppId, Desk>()
  #toldAt = 0

  constructor(options: AuthServersOptions) {
    this.#options = options
  }

  /** Questions that wait for their turn. */
  get waiting(): number {
    let count = 0
    for (const desk of this.#desks.values()) count += desk.waiting.length
    return count
  }

  /** Never rejects. */
  ask(app: LaravelApp, question: AuthQuestion): Promise<AuthAnswer> {
    const desk = this.#deskOf(app)
    const { settings } = app
    if (settings.authEndpoint === null || desk.waiting.length >= this.#options.maxWaiting) {
      desk.unanswered++
      return Promise.resolve(nobody)
    }
    return new Promise((answer) => {
      desk.waiting.push({ question, answer, since: this.#options.now() })
      this.#next(desk)
    })
  }

  /** Whoever has waited too long isn't answered any more. Tells once a minute of what was not answered. */
  sweep(now: number): void {
    const isTimeToTell = now - this.#toldAt >= tellEveryMs
    for (const desk of this.#desks.values()) {
      const isFresh = ({ since }: Waiting): boolean => now - since < maxWaitMs
      const first = desk.waiting.findIndex(isFresh)
      const late = desk.waiting.splice(0, first === -1 ? desk.waiting.length : first)
      for (const { answer } of late) answer(nobody)
      desk.unanswered += late.length
      if (isTimeToTell && desk.unanswered > desk.told) this.#tell(desk, now)
    }
  }

  #tell(desk: Desk, now: number): void {
    const { app, unanswered } = desk
    const questions = unanswered - desk.told
    desk.told = unanswered
    this.#toldAt = now
    const why = app.settings.authEndpoint === null ? 'laravel.authEndpoint is not set' : 'it could not be reached'
    this.#options.log.warn({ app: app.app.id, questions, why }, 'an application did not say who may join its channels')
  }

  #next(desk: Desk): void {
    while (desk.atOnce < this.#options.maxAtOnce) {
      const next = desk.waiting.shift()
      if (!next) return
      if (!next.question.wanted()) {
        next.answer(nobody)
        continue
      }
      desk.atOnce++
      void this.#call(desk.app, next.question).then((answer) => {
        desk.atOnce--
        if (answer === nobody) desk.unanswered++
        next.answer(answer)
        this.#next(desk)
      })
    }
  }

  async #call({ settings }: LaravelApp, { channel, socketId, headers }: AuthQuestion): Promise<AuthAnswer> {
    const { timeoutMs, maxAnswerBytes, log } = this.#options
    try {
      return await httpCall({
        method: 'POST',
        url: settings.authEndpoint ?? '',
        headers: {
          ...headers,
          Accept: 'application/json',
          'Content-Type': 'application/x-www-form-urlencoded',
          'X-Requested-With': 'XMLHttpRequest',
        },
        body: new URLSearchParams({ channel_name: channel, socket_id: socketId }).toString(),
        timeoutMs,
        maxBytes: maxAnswerBytes,
        publicOnly: false,
      })
    } catch (error) {
      log.debug({ error }, 'an application could not be asked who may join a channel')
      return nobody
    }
  }

  #deskOf(app: LaravelApp): Desk {
    let desk = this.#desks.get(app.app.id)
    if (!desk) {
      desk = { app, atOnce: 0, waiting: [], unanswered: 0, told: 0 }
      this.#desks.set(app.app.id, desk)
    }
    return desk
  }
}
