import { clientFrame, LeanSocket } from './lean-socket.ts'
import type { Tally, Talker } from './talker.ts'
import { text } from './text.ts'

const path = '/socket.io/?EIO=4&transport=websocket'
const answerTimeoutMs = 60_000
const [open, ping, message, connect, event, ack] = ['0', '2', '4', '0', '2', '3'].map((digit) => digit.charCodeAt(0))
const pong = clientFrame('3')

/** A client of Socket.IO 4 on a WebSocket from the start: Engine.IO packets, Socket.IO packets in them, acks. */
export class SocketIoTalker implements Talker {
  readonly #socket: LeanSocket
  readonly #tally: Tally
  readonly #connected = Promise.withResolvers<void>()
  #said: Buffer | null = null
  onAck: () => void = () => {}

  private constructor(port: number, tally: Tally, from: string | undefined) {
    this.#tally = tally
    this.#socket = new LeanSocket(
      { port, path, from },
      (bytes, start, end) => this.#heard(bytes, start, end),
      () => tally.fault('a connection to socket.io ended'),
    )
  }

  static async connect(port: number, tally: Tally, from?: string): Promise<SocketIoTalker> {
    const talker = new SocketIoTalker(port, tally, from)
    await talker.#socket.opened()
    await inTime(talker.#connected.promise, 'socket.io did not connect')
    return talker
  }

  async enter(room: string): Promise<void> {
    const entered = new Promise<void>((resolve) => (this.onAck = resolve))
    this.#socket.send(clientFrame(`420${JSON.stringify(['join', room])}`))
    await inTime(entered, 'socket.io did not answer a join')
    this.#said = clientFrame(`421${JSON.stringify(['say', room, { type: 0, message: text }])}`)
  }

  send(): void {
    if (this.#said) this.#socket.send(this.#said)
  }

  close(): void {
    this.#socket.close()
  }

  #heard(bytes: Buffer, start: number, end: number): void {
    const [engine, kind] = [bytes[start], bytes[start + 1]]
    if (engine === message && kind === event) {
      this.#tally.deliveries++
      this.#tally.payloadBytes = end - start
    } else if (engine === message && kind === ack) this.onAck()
    else if (engine === message && kind === connect) this.#connected.resolve()
    else if (engine === ping) this.#socket.send(pong)
    else if (engine === open) this.#socket.send(clientFrame('40'))
    else this.#tally.fault(bytes.toString('utf8', start, end).slice(0, 200))
  }
}

async function inTime(answer: Promise<void>, failure: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>(
    (_resolve, reject) => (timer = setTimeout(() => reject(new Error(failure)), answerTimeoutMs)),
  )
  await Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
