import { demoApp } from '../../src/demo.ts'
import { sign } from '../../src/wire/pusher/signatures.ts'
import { clientFrame, LeanSocket } from './lean-socket.ts'
import type { Tally, Talker } from './talker.ts'
import { text } from './text.ts'

const { key, secret } = demoApp.laravel
const channel = 'private-Chat.bench'
/** What the application publishes there. */
export const published = { name: 'App\\Events\\ChatMessageSent', channel, data: JSON.stringify({ message: text }) }

const nameAt = '{"event":"'.length
const p = 'p'.charCodeAt(0)
const pong = Buffer.from('pusher:pong')

/**
 * A page with Laravel Echo in a private channel. It whispers, and asks after each whisper whether the server is there:
 * whispers aren't answered, but that comes after them.
 */
export class PusherTalker implements Talker {
  readonly #socket: LeanSocket
  readonly #tally: Tally
  readonly #entered = Promise.withResolvers<void>()
  onAck: () => void = () => {}

  private constructor(port: number, tally: Tally, from: string | undefined) {
    this.#tally = tally
    this.#socket = new LeanSocket(
      { port, path: `/app/${key}?protocol=7&client=js&version=8.4.0&flash=false`, from },
      (bytes, start, end) => this.#heard(bytes, start, end),
      () => tally.fault('a connection of the Pusher protocol ended'),
    )
  }

  static async connect(port: number, tally: Tally, from?: string): Promise<PusherTalker> {
    const talker = new PusherTalker(port, tally, from)
    await talker.#socket.opened()
    await talker.#entered.promise
    return talker
  }

  send(): void {
    this.#socket.send(whisper)
  }

  close(): void {
    this.#socket.close()
  }

  #heard(bytes: Buffer, start: number, end: number): void {
    if (bytes[start + nameAt] !== p) {
      this.#tally.deliveries++
      this.#tally.payloadBytes = end - start
    } else if (pong.compare(bytes, start + nameAt, start + nameAt + pong.length) === 0) this.onAck()
    else this.#other(bytes.toString('utf8', start, end))
  }

  #other(frame: string): void {
    const { event, data } = JSON.parse(frame) as { event: string; data: string }
    if (event === 'pusher:connection_established') {
      const { socket_id: socketId } = JSON.parse(data) as { socket_id: string }
      const auth = `${key}:${sign(secret, `${socketId}:${channel}`)}`
      this.#socket.send(clientFrame(JSON.stringify({ event: 'pusher:subscribe', data: { auth, channel } })))
    } else if (event === 'pusher_internal:subscription_succeeded') this.#entered.resolve()
    // Silent while it is the others' turn, it is asked whether it is there.
    else if (event === 'pusher:ping') this.#socket.send(here)
    else this.#tally.fault(frame.slice(0, 200))
  }
}

const here = clientFrame('{"event":"pusher:pong","data":{}}')
const whisper = Buffer.concat([
  clientFrame(JSON.stringify({ event: 'client-message', data: { message: text }, channel })),
  clientFrame('{"event":"pusher:ping","data":{}}'),
])
