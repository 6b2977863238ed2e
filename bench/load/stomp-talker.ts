import { clientFrame, LeanSocket } from './lean-socket.ts'
import type { Tally, Talker } from './talker.ts'
import { text } from './text.ts'

const answerTimeoutMs = 60_000

/** Who connects: a customer by number or an agent by token. */
export type Login = { readonly customer: string } | { readonly token: string }

const room = 'room'.charCodeAt(0)
const [M, R, E] = ['M', 'R', 'E'].map((letter) => letter.charCodeAt(0))
const subscriptionAt = 'MESSAGE\nsubscription:'.length

const say = clientFrame(sendFrame({ eventName: 'MESSAGE', data: { message: text, messageType: 0 } }, 'said'))

/** A client of the consultation desk: STOMP 1.2 on the raw WebSocket, in the order in which the real ones begin. */
export class StompTalker implements Talker {
  readonly #socket: LeanSocket
  readonly #tally: Tally
  /** Resolves with the next frame that is no message of a room, as text. */
  #waiting: ((frame: string) => void) | null = null
  onAck: () => void = () => {}

  private constructor(port: number, tally: Tally, from: string | undefined) {
    this.#tally = tally
    this.#socket = new LeanSocket(
      { port, path: '/ws/websocket', from },
      (bytes, start, end) => this.#heard(bytes, start, end),
      () => tally.fault('a connection of ours ended'),
    )
  }

  /** Connected, and subscribed to its private queue. */
  static async connect(port: number, login: Login, tally: Tally, from?: string): Promise<StompTalker> {
    const talker = new StompTalker(port, tally, from)
    await talker.#socket.opened()
    const who =
      'token' in login ? `Authorization:Bearer ${login.token}` : `companyId:1\ngasappMemberNumber:${login.customer}`
    await talker.#request(`CONNECT\naccept-version:1.2\nheart-beat:0,0\n${who}\n\n\0`, (frame) =>
      frame.startsWith('CONNECTED'),
    )
    await talker.#subscribe('private', '/user/session/message')
    return talker
  }

  /** Hears the room's messages from now on; an agent who holds it, or its customer, has also joined it. */
  enter(roomId: number): Promise<void> {
    return this.#subscribe('room', `/sub/socket/room/${roomId}`)
  }

  enterLobby(): Promise<void> {
    return this.#subscribe('lobby', '/sub/socket/room/LOBBY1')
  }

  send(): void {
    this.#socket.send(say)
  }

  /** The private answer to an event, as text. */
  ask(eventName: string, data: object): Promise<string> {
    return this.#request(sendFrame({ eventName, data }, null), (frame) => frame.includes(`"eventName":"${eventName}"`))
  }

  close(): void {
    this.#socket.close()
  }

  async #subscribe(id: string, destination: string): Promise<void> {
    await this.#request(`SUBSCRIBE\nid:${id}\ndestination:${destination}\nreceipt:${id}\n\n\0`, (frame) =>
      frame.startsWith('RECEIPT'),
    )
  }

  #request(frame: string, isAnswer: (frame: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${frame.slice(0, 60)}; ${this.#tally.faults.join('; ')}`)),
        answerTimeoutMs,
      )
      this.#waiting = (answer) => {
        if (!isAnswer(answer)) return
        clearTimeout(timer)
        this.#waiting = null
        resolve(answer)
      }
      this.#socket.send(clientFrame(frame))
    })
  }

  #heard(bytes: Buffer, start: number, end: number): void {
    const first = bytes[start]
    if (first === M && bytes[start + subscriptionAt] === room) {
      this.#tally.deliveries++
      this.#tally.payloadBytes = end - start
    } else if (this.#waiting) this.#waiting(bytes.toString('utf8', start, end))
    else if (first === R) this.onAck()
    if (first === E) this.#tally.fault(bytes.toString('utf8', start, end).slice(0, 200))
  }
}

function sendFrame(body: object, receipt: string | null): string {
  const json = JSON.stringify(body)
  const wanted = receipt === null ? '' : `\nreceipt:${receipt}`
  return `SEND\ndestination:/pub/socket/message\ncontent-type:application/json${wanted}\ncontent-length:${Buffer.byteLength(json)}\n\n${json}\0`
}
