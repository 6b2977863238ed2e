import type { History } from '../journal.ts'
import { appOf, type Tenant } from './apps.ts'
import { signed } from './signed.ts'
import type { Stocked } from './stock.ts'

type Entries = History['entries']

const timeoutMs = 15_000
const pageSize = 100

/** Reads all that the rooms of a tenant have kept, as one node tells it. */
export class Histories {
  readonly #tenant: Tenant
  readonly #stocked: Stocked
  readonly #url: string

  constructor(tenant: Tenant, stocked: Stocked, url: string) {
    this.#tenant = tenant
    this.#stocked = stocked
    this.#url = url
  }

  async desk(): Promise<Entries> {
    const { roomId, agentToken } = this.#stocked.desk
    const pages = async (below: number): Promise<Message[]> => {
      const from = below > 0 ? `&startId=${below}` : ''
      const path = `/api/message?queryId=findByRoomIdToSpeaker&roomId=${roomId}${from}&pageSize=${pageSize}`
      return this.#ask<Message[]>(path, { Authorization: `Bearer ${agentToken}` })
    }
    return backwards(pages, ({ id, message: text }) => ({ id, text }))
  }

  async guests(): Promise<Entries> {
    const { roomId, hostToken } = this.#stocked.guests
    const entries: { id: number; text: string }[] = []
    for (;;) {
      const path = `/api/chat/chatrooms/${roomId}/chat-messages/?limit=${pageSize}&offset=${entries.length}`
      const { results } = await this.#ask<{ results: Message[] }>(path, { Authorization: `Bearer ${hostToken}` })
      entries.push(...results.map(({ id, message: text }) => ({ id, text })))
      if (results.length < pageSize) return entries.reverse()
    }
  }

  async town(): Promise<Entries> {
    const { channelId, people } = this.#stocked.town
    const headers = { Authorization: people[0]?.token ?? '' }
    const entries: { id: number; text: string }[] = []
    let page: number | undefined = 0
    while (page !== undefined) {
      const { result }: TownPage = await this.#ask(`/api/channels/${channelId}/chat?next=${page}`, headers)
      entries.push(...result.chat.map(({ id, content: text }) => ({ id, text })))
      page = result.next
    }
    return entries
  }

  async chat(channel: string): Promise<Entries> {
    const token = await signed({ id: 1, name: 'ana', channel }, appOf(this.#tenant).laravel.jwtSecret)
    const pages = async (below: number): Promise<Kept[]> => {
      const before = below > 0 ? `&before=${below}` : ''
      const path = `/api/laravel/messages?limit=${pageSize}${before}`
      return (await this.#ask<{ messages: Kept[] }>(path, { Authorization: `Bearer ${token}` })).messages
    }
    return backwards(pages, ({ id, data }) => ({ id, text: data.message }))
  }

  async group(): Promise<Entries> {
    const entries: { id: number; text: string }[] = []
    for (;;) {
      const base = entries.at(-1)?.id
      const from = base === undefined ? '' : `&base_message_id=${base}`
      const path = `${this.#channelPath}/messages?mode=next&limit=${pageSize}${from}`
      const { messages } = await this.#ask<{ messages: GroupMessage[] }>(path, this.#keys)
      entries.push(...messages.map(({ message_id: id, content: text = '' }) => ({ id, text })))
      if (messages.length < pageSize) return entries
    }
  }

  /** How many messages each member of the group has yet to read. */
  async unreadOfGroup(): Promise<Readonly<Record<string, number>>> {
    const path = `${this.#channelPath}?show_unread=true`
    return (await this.#ask<{ unread: Record<string, number> }>(path, this.#keys)).unread
  }

  get #channelPath(): string {
    return `/v1/group/channels/${this.#stocked.group.channelId}`
  }

  get #keys(): Record<string, string> {
    const { appId, apiKey } = appOf(this.#tenant).gitplelive
    return { APP_ID: appId, APP_API_KEY: apiKey }
  }

  async #ask<T>(path: string, headers: Record<string, string>): Promise<T> {
    const response = await fetch(this.#url + path, { headers, signal: AbortSignal.timeout(timeoutMs) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${(await response.text()).slice(0, 200)}`)
    return (await response.json()) as T
  }
}

interface Message {
  readonly id: number
  readonly message: string
}

interface TownPage {
  readonly result: { readonly chat: readonly Chat[]; readonly next?: number }
}

interface Chat {
  readonly id: number
  readonly content: string
}

interface Kept {
  readonly id: number
  readonly data: { readonly message: string }
}

interface GroupMessage {
  readonly message_id: number
  readonly content?: string
}

/** Pages that are ascending in themselves, from the newest to the oldest. `below` 0: the newest. */
async function backwards<T extends { id: number }>(
  pageBelow: (below: number) => Promise<T[]>,
  entryOf: (one: T) => { id: number; text: string },
): Promise<Entries> {
  const pages: T[][] = []
  for (let below = 0; ;) {
    const page = await pageBelow(below)
    const [oldest] = page
    if (!oldest) return pages.reverse().flat().map(entryOf)
    pages.push(page)
    below = oldest.id
  }
}
