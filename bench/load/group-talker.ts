import { clientFrame, LeanSocket } from './lean-socket.ts'
import type { Tally, Talker } from './talker.ts'
import { text } from './text.ts'

const answerTimeoutMs = 120_000
const typeAt = '{"type":"'.length
const [e, r, a, w] = ['e', 'r', 'a', 'w'].map((letter) => letter.charCodeAt(0))

/** Who, in which channel, and how far it has heard that; null for not at all. */
export interface Seat {
  readonly userId: string
  readonly token: string
  readonly channelId: string
  readonly position: readonly [seq: number, epoch: number] | null
}

/** A client of the SDK's protocol, in one channel. The reply says that a message is kept; it hears its own like everybody. */
export class GroupTalker implements Talker {
  readonly #socket: LeanSocket
  readonly #tally: Tally
  readonly #said: Buffer
  readonly #ready = Promise.withResolvers<void>()
  onAck: () => void = () => {}
  /** Called with each message that comes. */
  onMessage: () => void = () => {}

  private constructor(port: number, { channelId }: Seat, tally: Tally, from: string | undefined) {
    this.#tally = tally
    const message = { type: 'send_message', ref: 1, channel_id: channelId, content: text }
    this.#said = clientFrame(JSON.stringify(message))
    this.#socket = new LeanSocket(
      { port, path: '/v1/socket', from },
      (bytes, start, end) => this.#heard(bytes, start, end),
      () => {
        tally.fault('a connection to a group channel ended')
        this.#ready.reject(new Error('closed before it was ready'))
      },
    )
  }

  /** Connected, and told what it missed. */
  static async connect(port: number, seat: Seat, tally: Tally, from?: string): Promise<GroupTalker> {
    const talker = new GroupTalker(port, seat, tally, from)
    const late = setTimeout(() => talker.#ready.reject(new Error('a group channel was not ready')), answerTimeoutMs)
    // The socket's own failure says more, where there is one.
    talker.#ready.promise.catch(() => {})
    try {
      await talker.#socket.opened()
      talker.#socket.send(clientFrame(JSON.stringify(helloOf(seat))))
      await talker.#ready.promise
    } finally {
      clearTimeout(late)
    }
    return talker
  }

  send(): void {
    this.#socket.send(this.#said)
  }

  close(): void {
    this.#socket.close()
  }

  #heard(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + typeAt]
    if (kind === e && bytes[start + typeAt + 1] !== r) {
      this.#tally.deliveries++
      this.#tally.payloadBytes = end - start
      this.onMessage()
    } else if (kind === r && bytes[start + typeAt + 2] === a) this.#ready.resolve()
    else if (kind === r && isGood(bytes, start, end)) this.onAck()
    else if (kind !== w) this.#tally.fault(bytes.toString('utf8', start, end).slice(0, 200))
  }
}

/** `{"type":"reply","ref":1,"ok":true` */
function isGood(bytes: Buffer, start: number, end: number): boolean {
  return bytes.toString('latin1', start, Math.min(end, start + 40)).includes('"ok":true')
}

function helloOf({ userId, token, channelId, position }: Seat): object {
  const positions = position ? { [channelId]: position } : {}
  const capabilities = ['resume', 'typing', 'receipts', 'users']
  return { type: 'hello', version: 1, app_id: 'demo', user_id: userId, token, capabilities, positions }
}
