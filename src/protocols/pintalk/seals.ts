import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/ports.ts'
import type { Directory } from './directory.ts'
import { emailIdentity } from './host.ts'
import type { PintalkApp } from './settings.ts'

/** What a sealed value says: about which e-mail address, and in which round of verification. */
export interface Sealed {
  readonly app: PintalkApp
  /** Only to be compared: see `Seals.mark`. */
  readonly emailMark: string
  readonly id: string
}

const longest = 1000

/**
 * Values that a client keeps for us in cookies: `app.id.emailMark.expiry.signature`. Signed with the app's secret, for
 * one purpose and time, so that neither can be exchanged. They hold nothing that the client may not know.
 */
export class Seals {
  readonly #directory: Directory
  readonly #now: Clock

  constructor(directory: Directory, now: Clock) {
    this.#directory = directory
    this.#now = now
  }

  seal(purpose: string, { app, emailMark, id }: Sealed, lifeMs: number): string {
    const value = [app.app.id, id, emailMark, this.#now() + lifeMs].join('.')
    return `${value}.${sign(app, `cookie ${purpose} ${value}`)}`
  }

  /** Null for what is not ours, was made for something else, or has expired. */
  open(purpose: string, text: string | null): Sealed | null {
    if (text === null || text.length > longest) return null
    const [appId, id, emailMark, expiry, signature, more] = text.split('.')
    const app = this.#directory.apps.find((one) => one.app.id === appId)
    if (!app || !id || !emailMark || !expiry || !signature || more !== undefined) return null
    const expected = sign(app, `cookie ${purpose} ${[appId, id, emailMark, expiry].join('.')}`)
    return areEqual(expected, signature) && Number(expiry) > this.#now() ? { app, emailMark, id } : null
  }

  /** Stands for an e-mail address where the address itself shouldn't. */
  mark(app: PintalkApp, email: string): string {
    return sign(app, `email ${emailIdentity(email).externalId}`)
  }

  /** The hash of a short secret such as a code: without the app's secret all codes can't be tried on it. */
  hash(app: PintalkApp, text: string): string {
    return sign(app, `hash ${text}`)
  }
}

export function areEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}

function sign({ settings }: PintalkApp, text: string): string {
  return createHmac('sha256', settings.jwtSecret).update(`pintalk ${text}`).digest('base64url')
}
