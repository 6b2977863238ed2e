import { clientFrame, LeanSocket } from './lean-socket.ts'
import type { Tally, Talker } from './talker.ts'
import { text } from './text.ts'

const answerTimeoutMs = 60_000

/** Who connects: a guest from a page of the host's website, or the host by token. */
export type Side = { readonly page: string } | { readonly token: string }

const [m, d, t] = ['m', 'd', 't'].map((letter) => letter.charCodeAt(0))
const kindAt = '{"type":"chat_message","'.length
const said = { guest: frameOf(false), host: frameOf(true) }
// From the end: both forms of the word have it in the same place.
const isHostFromEnd = 'true,"datetime":"2026-11-22T09:00:00.000"}'.length

/** A client in a guest's room. There is no ack on this wire: its own copy says that a message is kept. */
export class PintalkTalker implements Talker {
  readonly #socket: LeanSocket
  readonly #tally: Tally
  readonly #isHost: boolean
  readonly #entered = Promise.withResolvers<void>()
  onAck: () => void = () => {}

  private constructor(port: number, room: string, side: Side, tally: Tally) {
    this.#tally = tally
    this.#isHost = 'token' in side
    const query = 'token' in side ? `?token=${side.token}` : ''
    const page = 'page' in side ? { page: side.page } : {}
    this.#socket = new LeanSocket(
      { port, path: `/ws/chat/${room}${query}`, ...page },
      (bytes, start, end) => this.#heard(bytes, start, end),
      () => {
        tally.fault('a connection to a guest’s room ended')
        this.#entered.reject(new Error('closed before the first page came'))
      },
    )
  }

  /** Connected, and the first page has come. */
  static async connect(port: number, room: string, side: Side, tally: Tally): Promise<PintalkTalker> {
    const talker = new PintalkTalker(port, room, side, tally)
    const late = setTimeout(() => talker.#entered.reject(new Error('no page of the room came')), answerTimeoutMs)
    // The socket's own failure says more, where there is one.
    talker.#entered.promise.catch(() => {})
    try {
      await talker.#socket.opened()
      await talker.#entered.promise
    } finally {
      clearTimeout(late)
    }
    return talker
  }

  send(): void {
    this.#socket.send(this.#isHost ? said.host : said.guest)
  }

  close(): void {
    this.#socket.close()
  }

  #heard(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + kindAt]
    if (kind === m) {
      this.#tally.deliveries++
      this.#tally.payloadBytes = end - start
      // The other's message may come before one's own that was sent later.
      if ((bytes[end - isHostFromEnd] === t) === this.#isHost) this.onAck()
    } else if (kind === d) this.#entered.resolve()
    else this.#tally.fault(bytes.toString('utf8', start, end).slice(0, 200))
  }
}

function frameOf(isHost: boolean): Buffer {
  const datetime = '2026-11-22T09:00:00.000'
  return clientFrame(JSON.stringify({ type: 'chat_message', message: text, is_host: isHost, datetime }))
}
