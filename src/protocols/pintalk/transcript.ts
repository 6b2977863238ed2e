import type { Message, Room, User } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'
import { datetimeOf, isOfHost, wallClock, wordsOf } from './message-words.ts'

const pageSize = 500

/** A room's messages as lines `[datetime name] text`, oldest first, a page at a time as they are read. */
export async function* transcript(store: Store, { id, lastId, name }: Room, host: User): AsyncGenerator<string> {
  for (let after = 0; ;) {
    const query = { after, before: lastId + 1, audience: 'staff', limit: pageSize, keep: 'oldest' } as const
    const page = await store.messages.page(id, query)
    if (page.length > 0) yield page.map((message) => line(message, isOfHost(message) ? host.name : name)).join('')
    if (page.length < pageSize) return
    after = page.at(-1)!.id
  }
}

/** RFC 6266, with the guest's name for those who read RFC 8187. */
export function transcriptDisposition({ name }: Room, now: number): string {
  const at = wallClock(now).slice(0, 19).replace('T', '_').replaceAll(':', '-')
  const file = `${name.replace(/[/\\:*?"<>|\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').toWellFormed()}_${at}.txt`
  const exact = encodeURIComponent(file).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${file.replace(/[^\x20-\x7e]|["\\%]/g, '_')}"; filename*=UTF-8''${exact}`
}

/** What follows a line break is indented: else a guest could write lines of the host's. */
function line(message: Message, name: string): string {
  const words = wordsOf(message).replace(/\r\n?|[\n\v\f\u0085\u2028\u2029]/g, '\n    ')
  return `[${datetimeOf(message)} ${name.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')}] ${words}\n`
}
