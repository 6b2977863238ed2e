import { clientFrame, LeanSocket } from './lean-socket.ts'
import type { Tally, Talker } from './talker.ts'
import { text } from './text.ts'

const [s, m] = ['s', 'm'].map((letter) => letter.charCodeAt(0))
const kindAt = '{"type":"'.length

/** A page of a Laravel application: `sended` says that a message is kept. */
export class JwtTalker implements Talker {
  readonly #socket: LeanSocket
  readonly #tally: Tally
  readonly #said: Buffer
  onAck: () => void = () => {}
  /** Called with each message that comes. */
  onMessage: () => void = () => {}

  private constructor(port: number, token: string, data: object, tally: Tally, from: string | undefined) {
    this.#tally = tally
    this.#said = clientFrame(JSON.stringify({ data }))
    this.#socket = new LeanSocket(
      { port, path: `/?token=${token}`, from },
      (bytes, start, end) => this.#heard(bytes, start, end),
      () => tally.fault('a connection of the JWT socket ended'),
    )
  }

  static async connect(
    port: number,
    token: string,
    tally: Tally,
    data: object = { message: text, name: 'bench' },
    from?: string,
  ): Promise<JwtTalker> {
    const talker = new JwtTalker(port, token, data, tally, from)
    await talker.#socket.opened()
    return talker
  }

  send(): void {
    this.#socket.send(this.#said)
  }

  close(): void {
    this.#socket.close()
  }

  #heard(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start + kindAt]
    if (kind === m) {
      this.#tally.deliveries++
      this.#tally.payloadBytes = end - start
      this.onMessage()
    } else if (kind === s) this.onAck()
    else this.#tally.fault(bytes.toString('utf8', start, end).slice(0, 200))
  }
}
