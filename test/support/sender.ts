import assert from 'node:assert/strict'
import { eventOf, type RawFrame, type RawStomp } from './raw-stomp.ts'

const inFlight = 8

/** One who writes into its room as fast as the answers come, and notes what it was told. */
export class Sender {
  readonly name: string
  readonly roomId: number
  /** Texts in the order they were sent. */
  readonly sent: string[] = []
  /** Texts whose receipt came. */
  readonly receipts = new Set<string>()
  /** Texts of which its own copy came, and their ids. */
  readonly copies = new Map<string, number>()
  readonly ended: Promise<unknown>
  readonly #raw: RawStomp
  #onTold: () => void = () => {}
  #stopped = false

  /** `raw` is connected; its room is `roomId`. */
  constructor(raw: RawStomp, roomId: number, name: string) {
    this.#raw = raw
    this.roomId = roomId
    this.name = name
    this.ended = raw.closed
    raw.onFrame = (frame) => this.#hear(frame)
  }

  /** When all of them together had so many receipts. */
  static told(senders: readonly Sender[], enough: number): Promise<void> {
    return new Promise((resolve) => {
      let told = 0
      for (const sender of senders) {
        sender.#onTold = () => {
          if (++told >= enough) resolve()
        }
      }
    })
  }

  start(): void {
    this.#raw.subscribe('room', `/sub/socket/room/${this.roomId}`)
    for (let count = 0; count < inFlight; count++) this.#send()
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stopped = true
  }

  #send(): void {
    if (this.#stopped) return
    const text = `${this.name}/${this.sent.length}`
    this.sent.push(text)
    this.#raw.says('MESSAGE', { message: text }, { receipt: text })
  }

  #hear(frame: RawFrame): void {
    if (frame.command === 'RECEIPT') {
      this.receipts.add(frame.headers['receipt-id'] ?? '')
      this.#onTold()
      this.#send()
    } else if (frame.command === 'MESSAGE' && eventOf(frame).eventName === 'MESSAGE') {
      const { id, message } = eventOf(frame).data['message'] as { id: number; message: string }
      if (message.startsWith(`${this.name}/`)) this.copies.set(message, id)
    }
  }
}

/** The texts of a room's messages after `afterId`, oldest first, by asking page after page. Their ids have no gaps. */
export async function storedMessages(raw: RawStomp, roomId: number, afterId: number): Promise<string[]> {
  raw.subscribe('room', `/sub/socket/room/${roomId}`)
  const texts: string[] = []
  let list = await raw.hears('MESSAGE_LIST')
  for (let below = Infinity; ;) {
    const page = list.data['messages'] as { id: number; message: string }[]
    const news = page.filter(({ id }) => id > afterId)
    const [oldest] = news
    if (oldest === undefined) {
      assert.ok(below === Infinity || below === afterId + 1, `ids have a gap between ${afterId} and ${below}`)
      return texts.reverse()
    }
    for (const [index, { id }] of news.entries()) assert.equal(id, oldest.id + index, 'ids have no gaps')
    assert.ok(below === Infinity || news.at(-1)?.id === below - 1, `ids have a gap below ${below}`)
    texts.push(...news.map(({ message }) => message).reverse())
    below = oldest.id
    raw.says('MESSAGE_LIST', { startId: below })
    list = await raw.hears('MESSAGE_LIST')
  }
}
