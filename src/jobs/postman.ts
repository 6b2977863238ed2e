import type { Swept } from '../core/broom.ts'
import type { Lease } from '../core/nodes.ts'
import type { Clock, Errand, ErrandStore, Log } from '../core/ports.ts'
import { mailLanguages, mailTemplates, renderMail, type MailLanguage } from './mail-templates.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The same for every attempt at one mail, so that a mail server can tell a repeat. */
  readonly messageId: string
}

export interface PostmanOptions {
  readonly errands: ErrandStore
  /** Of several nodes one brings the mails. */
  readonly lease: Lease
  /** Rejects when the mail server didn't take it. */
  readonly send: (mail: Mail) => Promise<void>
  /** The host in message ids. */
  readonly host: string
  readonly now: Clock
  readonly log: Log
}

const minute = 60_000
/** Before the second attempt, the third, and so on; after the last it is given up and kept for people to see. */
const pausesMs = [minute, 5 * minute, 30 * minute, 2 * 60 * minute, 6 * 60 * minute, 24 * 60 * minute]
const atOnce = 20

/** Brings the mails of the outbox to the mail server: at least once, with growing pauses between attempts. */
export class Postman implements Swept {
  readonly #options: PostmanOptions
  #walking: Promise<void> | null = null
  #stopped = false

  constructor(options: PostmanOptions) {
    this.#options = options
  }

  sweep(): void {
    void this.deliver()
  }

  /** One walk over what is due; asked for again while it goes on, it is the same one. */
  deliver(): Promise<void> {
    this.#walking ??= this.#walk()
      .catch((error: unknown) => this.#options.log.error({ error }, 'the outbox could not be read'))
      .finally(() => (this.#walking = null))
    return this.#walking
  }

  /** Resolves when the mail in hand is brought; what is left stays for the next start, or for another node. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#walking
    this.#options.lease.release()
  }

  async #walk(): Promise<void> {
    const { errands, now } = this.#options
    if (!this.#isOnDuty) return
    for (const errand of await errands.due('mail', now(), atOnce)) {
      if (!this.#isOnDuty) return
      await this.#bring(errand)
    }
  }

  get #isOnDuty(): boolean {
    return !this.#stopped && this.#options.lease.isHeld
  }

  async #bring(errand: Errand): Promise<void> {
    const { errands, send, host, now, log } = this.#options
    try {
      await send({ ...contentOf(errand), messageId: `<parlance-${errand.id}@${host}>` })
    } catch (error) {
      const pause = pausesMs[errand.attempts]
      const reason = error instanceof Error ? error.message : String(error)
      const about = { errand: errand.id, attempt: errand.attempts + 1, reason, givenUp: pause === undefined }
      log.warn(about, 'a mail could not be sent, it waits in the outbox')
      return errands.failed(errand.id, reason, pause === undefined ? null : now() + pause)
    }
    await errands.done(errand.id)
  }
}

function contentOf({ body }: Errand): Omit<Mail, 'messageId'> {
  const { to, template, language, values } = body
  const known = mailTemplates.find((name) => name === template)
  if (typeof to !== 'string' || !known) throw new Error('the errand is no mail')
  const spoken: MailLanguage = mailLanguages.find((name) => name === language) ?? 'ko'
  return { to, ...renderMail(known, spoken, (values ?? {}) as Record<string, unknown>) }
}
