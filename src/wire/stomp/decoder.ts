import { detachHeaders, detachText } from './detach.ts'
import { type StompVersion, unescapeHeader } from './escape.ts'
import { clientCommands, isEscaped, type StompCommand, type StompFrame } from './frame.ts'
import type { StompLimits } from './limits.ts'
import { quote, StompError } from './stomp-error.ts'
import { TextBuffer } from './text-buffer.ts'

/**
 * - `between`: before a frame, where line ends are heart-beats
 * - `command`, `headers`: in a line of the head
 * - `body`: up to the first NUL
 * - `counted body`: as many octets as content-length said, then a NUL
 * - `failed`: an error was thrown; everything else is ignored
 */
type State = 'between' | 'command' | 'headers' | 'body' | 'counted body' | 'failed'

const longestCommand = 'UNSUBSCRIBE\r'.length

/**
 * Frames out of text messages, however they were cut. A frame that arrives whole in one message is cut out of it
 * without copying. Time is linear in what arrives; memory between frames is this object alone.
 *
 * Lenient: CRLF in every version (1.2 "Augmented BNF" has it, and a value that really ends in CR was never seen);
 * a colon in a value (stomp-websocket 2.3.3 escapes nothing); a body on any frame. Strict: a NUL inside the head,
 * which is a frame without its blank line far more often than a header.
 */
export class StompDecoder {
  /** Whose rules the next frame follows. Null before CONNECT. */
  version: StompVersion | null = null
  readonly #limits: StompLimits
  readonly #commands: ReadonlySet<string>
  #state: State = 'between'
  #at = 0
  /** Nothing of the present frame came with an earlier message. */
  #fresh = true
  #command: StompCommand = 'SEND'
  #headers: Map<string, string> | null = null
  #headerLines = 0
  #headChars = 0
  /** Octets of the body: still to come if counted, else so far. */
  #octets = 0
  /** The body so far ends in the first half of a surrogate pair. */
  #afterHigh = false
  /** The unfinished line or body. */
  #partial: TextBuffer | null = null

  /** `commands` are those that may come: a server hears a client's. */
  constructor(limits: StompLimits, commands: ReadonlySet<string> = hearClients) {
    this.#limits = limits
    this.#commands = commands
  }

  /** The frames that this message completes. Throws a `StompError` after the last good one. Whoever stops early is done with the decoder. */
  *decode(text: string): Generator<StompFrame, void, void> {
    if (this.#state === 'failed') return
    this.#at = 0
    while (this.#at < text.length) {
      const frame = this.#guarded(text)
      if (frame) yield frame
    }
    if (this.#state !== 'between' && this.#fresh) this.#hold()
  }

  #guarded(text: string): StompFrame | null {
    try {
      return this.#read(text)
    } catch (error) {
      if (error instanceof StompError) error.receipt = this.#headers?.get('receipt') ?? null
      this.#state = 'failed'
      this.#headers = null
      this.#partial = null
      throw error
    }
  }

  /** Reads on until a frame or the text ends. */
  #read(text: string): StompFrame | null {
    while (this.#at < text.length) {
      switch (this.#state) {
        case 'between':
          this.#skipLineEnds(text)
          break
        case 'command': {
          const line = this.#line(text, longestCommand)
          if (line !== null) this.#startHeaders(line)
          break
        }
        case 'headers': {
          const line = this.#line(text, this.#limits.maxLineChars)
          if (line === '') this.#startBody()
          else if (line !== null) this.#header(line)
          break
        }
        case 'body': {
          const body = this.#body(text)
          if (body !== null) return this.#finish(body)
          break
        }
        case 'counted body': {
          const body = this.#countedBody(text)
          if (body !== null) return this.#finish(body)
          break
        }
        case 'failed':
          return null
      }
    }
    return null
  }

  #skipLineEnds(text: string): void {
    while (this.#at < text.length) {
      const unit = text.charCodeAt(this.#at)
      if (unit !== 10 && unit !== 13) {
        this.#state = 'command'
        return
      }
      this.#at++
    }
  }

  /** The present line without its end, or null if it goes on in the next message. */
  #line(text: string, maxChars: number): string | null {
    const lf = text.indexOf('\n', this.#at)
    const piece = text.slice(this.#at, lf === -1 ? text.length : lf)
    this.#headChars += piece.length
    if ((this.#partial?.length ?? 0) + piece.length > maxChars) throw new StompError(this.#overlong(piece))
    if (this.#headChars > this.#limits.maxHeadChars) throw new StompError('headers too large')
    if (piece.includes('\0')) throw new StompError('NUL before the blank line that ends the headers')
    this.#at += piece.length + 1
    if (lf === -1) {
      this.#keep(piece)
      return null
    }
    const line = this.#whole(piece)
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }

  #overlong(piece: string): string {
    return this.#state === 'command' ? `unknown command ${quote(this.#whole(piece))}` : 'header line too long'
  }

  #startHeaders(line: string): void {
    if (!this.#commands.has(line)) throw new StompError(`unknown command ${quote(line)}`)
    this.#command = line as StompCommand
    this.#headers = new Map()
    this.#state = 'headers'
  }

  #header(line: string): void {
    if (++this.#headerLines > this.#limits.maxHeaders) throw new StompError('too many headers')
    const colon = line.indexOf(':')
    if (colon === -1) throw new StompError(`header line without a colon: ${quote(line)}`)
    if (colon === 0) throw new StompError('header without a name')
    let name = line.slice(0, colon)
    let value = line.slice(colon + 1)
    if (this.version === '1.0') {
      // 1.0 shows its headers padded; 1.1 and 1.2 "Value Encoding" forbid to trim.
      name = name.trim()
      value = value.trim()
    } else if (this.version && isEscaped(this.#command)) {
      name = unescapeHeader(name, this.version)
      value = unescapeHeader(value, this.version)
    }
    // 1.2 "Repeated Header Entries": the first counts.
    if (!this.#headers?.has(name)) this.#headers?.set(name, value)
  }

  #startBody(): void {
    const length = this.#headers?.get('content-length')
    this.#octets = 0
    this.#state = 'body'
    if (length === undefined) return
    if (!/^ *\d{1,15} *$/.test(length)) throw new StompError('content-length is not a number')
    this.#octets = Number(length)
    this.#state = 'counted body'
    if (this.#octets > this.#limits.maxBodyBytes) throw new StompError('body too large')
  }

  #body(text: string): string | null {
    const nul = text.indexOf('\0', this.#at)
    const piece = text.slice(this.#at, nul === -1 ? text.length : nul)
    this.#octets += Buffer.byteLength(piece)
    // Halves of one character in two messages were counted as two characters of 3 octets; together they are 4.
    if (this.#afterHigh && isLow(piece.charCodeAt(0))) this.#octets -= 2
    if (this.#octets > this.#limits.maxBodyBytes) throw new StompError('body too large')
    this.#at += piece.length + 1
    if (nul !== -1) return this.#whole(piece)
    this.#afterHigh = isHigh(piece.charCodeAt(piece.length - 1))
    this.#keep(piece)
    return null
  }

  #countedBody(text: string): string | null {
    const start = this.#at
    this.#countOctets(text)
    const piece = text.slice(start, this.#at)
    if (this.#at === text.length) {
      this.#keep(piece)
      return null
    }
    if (text.charCodeAt(this.#at) !== 0) throw new StompError('no NUL where content-length says that the body ends')
    this.#at++
    return this.#whole(piece)
  }

  /** Moves to where the octets that are left end in the text, or to its end. */
  #countOctets(text: string): void {
    // Nearly always the body ends at the first NUL: counting natively beats looking at each character.
    const nul = this.#afterHigh ? -1 : text.indexOf('\0', this.#at)
    if (nul !== -1 && nul - this.#at <= this.#octets) {
      if (Buffer.byteLength(text.slice(this.#at, nul)) === this.#octets) {
        this.#octets = 0
        this.#at = nul
      }
    }
    while (this.#octets > 0 && this.#at < text.length) {
      const unit = text.charCodeAt(this.#at)
      const octets = unit < 0x80 ? 1 : unit < 0x800 ? 2 : this.#afterHigh && isLow(unit) ? 1 : 3
      if (octets > this.#octets) throw new StompError('content-length ends inside a character')
      this.#octets -= octets
      this.#afterHigh = isHigh(unit)
      this.#at++
    }
  }

  #finish(body: string): StompFrame {
    const frame = { command: this.#command, headers: this.#headers ?? new Map<string, string>(), body }
    this.#state = 'between'
    this.#fresh = true
    this.#headers = null
    this.#headerLines = 0
    this.#headChars = 0
    this.#afterHigh = false
    return frame
  }

  #keep(piece: string): void {
    this.#partial ??= new TextBuffer()
    this.#partial.append(piece)
  }

  /** What was kept and this piece. In a later message of a frame always a copy, so that headers don't keep the message. */
  #whole(piece: string): string {
    if (!this.#partial) return this.#fresh ? piece : detachText(piece)
    this.#partial.append(piece)
    const text = this.#partial.toString()
    this.#partial = null
    return text
  }

  /** The rest of the frame may never come: stop sharing the message that began it. */
  #hold(): void {
    this.#fresh = false
    if (this.#headers) this.#headers = detachHeaders(this.#headers)
  }
}

const hearClients: ReadonlySet<string> = new Set(clientCommands)

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
