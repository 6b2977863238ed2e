import { clientFrame, LeanSocket } from './lean-socket.ts'
import type { Tally, Talker } from './talker.ts'

/** A client of the bare loop. Its own copy is its ack. */
export class WsTalker implements Talker {
  readonly #socket: LeanSocket
  readonly #message: Buffer
  onAck: () => void = () => {}

  private constructor(port: number, tally: Tally, payloadBytes: number, from: string | undefined) {
    this.#message = clientFrame('x'.repeat(payloadBytes))
    const onText = (_bytes: Buffer, start: number, end: number): void => {
      tally.deliveries++
      tally.payloadBytes = end - start
      this.onAck()
    }
    this.#socket = new LeanSocket({ port, path: '/', from }, onText, () =>
      tally.fault('a connection to the bare loop ended'),
    )
  }

  static async connect(port: number, tally: Tally, payloadBytes = 0, from?: string): Promise<WsTalker> {
    const talker = new WsTalker(port, tally, payloadBytes, from)
    await talker.#socket.opened()
    return talker
  }

  send(): void {
    this.#socket.send(this.#message)
  }

  close(): void {
    this.#socket.close()
  }
}
