import type { AppId, RoomId } from '../../core/model.ts'
import type { Clock, Store } from '../../core/ports.ts'

export type MailTemplate = 'verification' | 'password-reset' | 'temporary-password' | 'new-message'
const mailLanguages = ['ko', 'en', 'ja'] as const

export interface Mail {
  readonly appId: AppId
  /** The mail goes with the room when that is removed. */
  readonly roomId: RoomId | null
  readonly to: string
  readonly template: MailTemplate
  readonly language: string
  readonly values: Readonly<Record<string, string>>
}

/** Resolved means: in the outbox, durable. */
export type SendMail = (mail: Mail) => Promise<void>

/** Writes mails as errands; the mail job sends them. */
export function outboxMail(store: Store, now: Clock): SendMail {
  return async ({ appId, roomId, ...body }) => {
    await store.errands.add({ appId, kind: 'mail', roomId, body, dueAt: now() })
  }
}

/** Of an Accept-Language header, the first that there is. Browsers write them in the order of liking. */
export function mailLanguage(header: string | undefined): (typeof mailLanguages)[number] {
  const wanted = (header ?? '').slice(0, 500).toLowerCase().split(',')
  for (const tag of wanted) {
    const found = mailLanguages.find((language) => tag.trim().split(/[-;]/, 1)[0] === language)
    if (found) return found
  }
  return 'ko'
}
