import { randomInt } from 'node:crypto'
import { ChatError } from '../../core/errors.ts'
import type { AppId } from '../../core/model.ts'
import type { Clock, Store } from '../../core/ports.ts'
import { randomName } from './random-names.ts'
import { areEqual, type Seals } from './seals.ts'
import type { PintalkApp } from './settings.ts'

export const codeLifeMs = 5 * 60 * 1000
const maxTries = 5
const codes = 'pintalk_code'
const tries = 'pintalk_code_try'

/** `spent`: too many tries, too late, or used already. */
export type Verdict = 'right' | 'wrong' | 'spent'

/** The six digits that prove an e-mail address: good for five minutes, five tries and one use. */
export class VerificationCodes {
  readonly #store: Store
  readonly #seals: Seals
  readonly #now: Clock

  constructor(store: Store, seals: Seals, now: Clock) {
    this.#store = store
    this.#seals = seals
    this.#now = now
  }

  /** `deliver` is to bring the code on its way while it is written down. The id names it afterwards. */
  async issue(app: PintalkApp, deliver: (code: string) => Promise<void>): Promise<string> {
    const id = randomName()
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    const more = { key: id, expiresAt: this.#now() + codeLifeMs }
    const body = { hash: this.#seals.hash(app, `${id} ${code}`) }
    await Promise.all([this.#store.documents.add(app.app.id, codes, body, more), deliver(code)])
    return id
  }

  async check(app: PintalkApp, id: string, code: string): Promise<Verdict> {
    const { documents } = this.#store
    const document = await documents.byKey(app.app.id, codes, id)
    if (!document || !(await this.#claimTry(app.app.id, id))) return 'spent'
    if (!areEqual(String(document.body['hash']), this.#seals.hash(app, `${id} ${code}`))) return 'wrong'
    return (await documents.remove(app.app.id, codes, document.id)) ? 'right' : 'spent'
  }

  /** A try is a document whose key nobody else can have: a hundred guesses at once are still five. */
  async #claimTry(appId: AppId, id: string): Promise<boolean> {
    const expiresAt = this.#now() + codeLifeMs
    for (let number = 1; number <= maxTries; number++) {
      const claim = this.#store.documents.add(appId, tries, {}, { key: `${id}:${number}`, expiresAt })
      if (await claim.then(() => true, falseOnConflict)) return true
    }
    return false
  }
}

function falseOnConflict(error: unknown): false {
  if (error instanceof ChatError && error.code === 'conflict') return false
  throw error
}
