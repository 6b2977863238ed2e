import { clientFrame, LeanSocket } from './lean-socket.ts'
import type { Tally, Talker } from './talker.ts'
import { text } from './text.ts'

const path = '/socket.io/?EIO=4&transport=websocket'
const answerTimeoutMs = 60_000
const [open, ping, message, connect, event, ack] = ['0', '2', '4', '0', '2', '3'].map((digit) => digit.charCodeAt(0))
const pong = clientFrame('3')

/** Where in a community: the last part of the namespace, the channel, and who. The plain server takes any. */
export interface Place {
  readonly community: string
  readonly channel: string
  readonly token: string
}

/** A client of a community, Socket.IO 4 on a WebSocket from the start. Its acks say that a chat is written; it doesn't hear its own. */
export class CommuTalker implements Talker {
  readonly #socket: LeanSocket
  readonly #tally: Tally
  readonly #place: Place
  readonly #connected = Promise.withResolvers<void>()
  readonly #namespace: string
  readonly #said: Buffer
  onAck: () => void = () => {}

  private constructor(port: number, place: Place, tally: Tally, from: string | undefined) {
    this.#tally = tally
    this.#place = place
    this.#namespace = `/socket/commu-${place.community},`
    const chat = { chatType: 'new', channelId: place.channel, content: text }
    this.#said = clientFrame(`42${this.#namespace}1${JSON.stringify(['chat', chat])}`)
    this.#socket = new LeanSocket(
      { port, path, from },
      (bytes, start, end) => this.#heard(bytes, start, end),
      () => tally.fault('a connection to a community ended'),
    )
  }

  /** Connected to the community, and in the channel. */
  static async connect(port: number, place: Place, tally: Tally, from?: string): Promise<CommuTalker> {
    const talker = new CommuTalker(port, place, tally, from)
    await talker.#socket.opened()
    await inTime(talker.#connected.promise, 'a community did not connect')
    const joined = new Promise<void>((resolve) => (talker.onAck = resolve))
    const join = JSON.stringify(['join', { channels: [place.channel] }])
    talker.#socket.send(clientFrame(`42${talker.#namespace}0${join}`))
    await inTime(joined, 'a community did not answer a join')
    return talker
  }

  send(): void {
    this.#socket.send(this.#said)
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
    else if (engine === open) {
      const { token } = this.#place
      this.#socket.send(clientFrame(`40${this.#namespace}${JSON.stringify({ token })}`))
    } else this.#tally.fault(bytes.toString('utf8', start, end).slice(0, 200))
  }
}

async function inTime(answer: Promise<void>, failure: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>(
    (_resolve, reject) => (timer = setTimeout(() => reject(new Error(failure)), answerTimeoutMs)),
  )
  await Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
