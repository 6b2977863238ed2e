import { Client as SdkClient } from '../../sdk/src/gitple-live.ts'
import type { Ended, Journal, Line, Room } from '../journal.ts'
import type { Client, Speaker } from './speaker.ts'

const readsAtOnce = 5

export interface GroupOptions {
  readonly journal: Journal
  readonly room: Room
  readonly userId: string
  readonly url: string
  readonly appId: string
  readonly channelId: string
  readonly token: () => Promise<string>
}

/** A user of a group channel, with the SDK: it hears everything once and in order, over all its connections. */
export class GroupClient implements Speaker, Client {
  readonly room: Room
  readonly name: string
  readonly isReady = true
  readonly #journal: Journal
  readonly #channelId: string
  readonly #client: SdkClient
  #line: Line | null = null
  #unread = 0
  #isOver = false

  constructor({ journal, room, userId, url, appId, channelId, token }: GroupOptions) {
    this.room = room
    this.name = userId
    this.#journal = journal
    this.#channelId = channelId
    this.#client = new SdkClient({
      app_id: appId,
      url,
      session_token: token,
      reconnect: { min_delay_ms: 100, max_delay_ms: 1000, tries: 100 },
      timeout_ms: 5000,
    })
    this.#client.on('connected', () => this.#begin())
    this.#client.on('gap', () => this.#begin())
    this.#client.on('disconnected', () => this.#away(true))
    this.#client.on('reconnectSucceed', () => this.#away(false))
    this.#client.on('reconnectFailed', () => void this.#connect())
    this.#client.on('group:message_send', ({ message_id: id, content = '' }) => this.#hear(content, id))
    this.#client.on('group:channel_message_read_event', (_channel, { user_id: reader }, toId) => {
      if (this.#line) journal.mark(this.#line, reader, toId)
    })
    void this.#connect()
  }

  async say(text: string): Promise<Ended> {
    try {
      const { message_id: id } = await this.#client.sendMessage({ channel_id: this.#channelId, content: text })
      return { outcome: 'acked', id }
    } catch (error) {
      return { outcome: 'refused', why: String(error) }
    }
  }

  close(): void {
    this.#isOver = true
    this.#client.disconnectUser()
  }

  async #connect(): Promise<void> {
    if (this.#isOver) return
    await this.#client.connectUser({ user_id: this.name }).catch(() => setTimeout(() => void this.#connect(), 500))
  }

  #away(isAway: boolean): void {
    if (this.#line) this.#line.isAway = isAway
  }

  /** Something was missed, which the server says. */
  #begin(): void {
    this.#journal.close(this.#line)
    this.#line = this.#journal.open(this.room, this.name)
    this.#journal.ready(this.#line)
  }

  #hear(text: string, id: number): void {
    if (!this.#line) return
    this.#journal.hear(this.#line, text, id)
    if (++this.#unread < readsAtOnce) return
    this.#unread = 0
    const mark = { room: this.room, reader: this.name, toId: id }
    this.#client.markRead({ channel_id: this.#channelId }).then(
      () => this.#journal.marksSet.push(mark),
      () => {},
    )
  }
}
