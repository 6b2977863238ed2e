import type { Close } from '../../src/core/errors.ts'
import type { Accept, Line, LineHandler } from '../../src/core/ports.ts'
import { websocketFraming } from '../../src/wire/websocket-frame.ts'

let lines = 0

/** A connection of the SDK's protocol without a network, that reads as a transcript: `send`, then what `heard` has. */
export class GroupLine implements Line {
  readonly id = `line-${++lines}`
  readonly framing = websocketFraming
  readonly address = '127.0.0.1'
  readonly origin = null
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  readonly heard: any[] = []
  closedWith: Close | null = null
  readonly #handler: LineHandler
  readonly #waiting: { isIt: (frame: { type: string }) => boolean; resolve: (frame: unknown) => void }[] = []
  #isOver = false

  constructor(accept: Accept) {
    this.#handler = accept(this)
  }

  get isOpen(): boolean {
    return this.closedWith === null
  }

  push(bytes: Uint8Array): void {
    if (this.closedWith) return
    for (const text of textsOf(bytes)) {
      const frame = JSON.parse(text) as { type: string }
      this.heard.push(frame)
      for (const { isIt, resolve } of this.#waiting) if (isIt(frame)) resolve(frame)
    }
  }

  close(close: Close): void {
    if (this.closedWith) return
    this.closedWith = close
    for (const { isIt, resolve } of this.#waiting) if (isIt({ type: 'closed' })) resolve(close)
    queueMicrotask(() => this.end())
  }

  send(frame: unknown): void {
    if (!this.closedWith) this.#handler.message(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** The other end is gone. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#handler.closed()
  }

  /** The first frame of a type, or the first that comes; `closed` for the close. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  async first(type: string, isIt: (frame: any) => boolean = () => true): Promise<any> {
    const matches = (frame: { type: string }): boolean => frame.type === type && isIt(frame)
    const found = type === 'closed' ? this.closedWith : this.heard.find(matches)
    return found ?? new Promise((resolve) => this.#waiting.push({ isIt: matches, resolve }))
  }

  /** The one answer to a request. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  async ask(ref: number, type: string, input: object = {}): Promise<any> {
    this.send({ type, ref, ...input })
    return this.first('reply', (frame) => frame.ref === ref)
  }

  /** The names of the events that were told, with their seq. */
  get events(): string[] {
    return this.heard
      .filter(({ type }) => type === 'event' || type === 'position')
      .map(({ event = 'position', seq }) => (seq === undefined ? event : `${seq} ${event}`))
  }
}

function* textsOf(bytes: Uint8Array): Iterable<string> {
  const buffer = Buffer.from(bytes)
  for (let at = 0; at < buffer.length;) {
    const short = buffer[at + 1]!
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    const length =
      short < 126 ? short : short === 126 ? buffer.readUInt16BE(at + 2) : Number(buffer.readBigUInt64BE(at + 2))
    yield buffer.toString('utf8', at + head, at + head + length)
    at += head + length
  }
}
