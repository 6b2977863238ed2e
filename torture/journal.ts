/** What is written down while the clients talk, for the checks. Times are milliseconds since the run began. */

/** Where words are said. Two tenants have rooms of the same names. */
export interface Room {
  /** `north/desk`: the tenant, and which room. */
  readonly name: string
  readonly tenant: string
  /** Whether its words are kept; else they are heard by those who listen, or not at all. */
  readonly isKept: boolean
}

/** `unknown`: the connection was lost, or nothing came for a long time. The words may be kept or not. */
export type Outcome = 'open' | 'acked' | 'refused' | 'unknown'

/** Words are said once, so a text names them: `north/desk ana 17`. */
export interface Send {
  readonly room: Room
  readonly by: string
  readonly text: string
  readonly sentAt: number
  outcome: Outcome
  /** What the answer said that it is called, where it does. */
  id: number | null
  endedAt: number
  /** Why it wasn't acknowledged. */
  why: string
}

export interface Heard {
  readonly text: string
  /** In the room, where the wire tells. */
  readonly id: number | null
  readonly at: number
  /** It stood in a page of the past, which the client was given and tells from what happens by the ids. */
  readonly isPast: boolean
}

/** What one client hears of one room without a break: on one connection, or on several where its protocol closes the gap. */
export interface Line {
  readonly number: number
  readonly room: Room
  readonly reader: string
  readonly openedAt: number
  /** In that order. */
  readonly heard: Heard[]
  /** Who isn't heard for certain on this line: the client itself, where its protocol spares it. */
  readonly mayMiss: string | null
  /** It hears what is said from now on; null: not yet. */
  readyAt: number | null
  closedAt: number | null
  /** The connection is lost, and the client on its way back, where that doesn't end the line. */
  isAway: boolean
}

/** A reader's mark, as it was told on a line. */
export interface MarkTold {
  readonly line: number
  readonly observer: string
  readonly room: Room
  readonly reader: string
  readonly toId: number
  readonly at: number
}

/** A mark that a reader set, and that was acknowledged: it has read what it had heard by then. */
export interface MarkSet {
  readonly room: Room
  readonly reader: string
  readonly toId: number
}

/** What a node says that a room has kept, when all is quiet. */
export interface History {
  readonly room: Room
  readonly node: string
  /** The oldest first. */
  readonly entries: readonly { readonly id: number; readonly text: string }[]
}

/** A reader's mark as a node has it when all is quiet. */
export interface MarkKept {
  readonly room: Room
  readonly node: string
  readonly reader: string
  readonly toId: number
}

/** When something was wrong, until it was whole again. */
export interface Trouble {
  readonly from: number
  readonly to: number
}

/** Somebody who is to hear a room. */
export interface Reader {
  readonly room: Room
  readonly name: string
}

export interface Records {
  readonly readers: readonly Reader[]
  readonly sends: readonly Send[]
  readonly lines: readonly Line[]
  readonly histories: readonly History[]
  readonly marksTold: readonly MarkTold[]
  readonly marksSet: readonly MarkSet[]
  readonly marksKept: readonly MarkKept[]
  readonly troubles: readonly Trouble[]
}

/** Where the clients write down what happens to them. */
export class Journal {
  readonly readers: Reader[] = []
  readonly sends: Send[] = []
  readonly lines: Line[] = []
  readonly marksTold: MarkTold[] = []
  readonly marksSet: MarkSet[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  send(room: Room, by: string, text: string): Send {
    const send: Send = {
      room,
      by,
      text,
      sentAt: this.#now(),
      outcome: 'open',
      id: null,
      endedAt: Infinity,
      why: '',
    }
    this.sends.push(send)
    return send
  }

  end(send: Send, { outcome, id = null, why = '' }: Ended): void {
    Object.assign(send, { outcome, id, why, endedAt: this.#now() })
  }

  open(room: Room, reader: string, mayMiss: string | null = null): Line {
    const openedAt = this.#now()
    const number = this.lines.length + 1
    const since = { readyAt: null, closedAt: null, isAway: false }
    const line: Line = { number, room, reader, openedAt, heard: [], mayMiss, ...since }
    this.lines.push(line)
    return line
  }

  ready(line: Line): void {
    line.readyAt ??= this.#now()
  }

  /** Whether a reader has a line on which it hears what is said. */
  isThere({ room, name }: Reader): boolean {
    return this.lines.some((line) => line.room === room && line.reader === name && isOpen(line))
  }

  hear(line: Line, text: string, id: number | null = null, isPast = false): void {
    line.heard.push({ text, id, at: this.#now(), isPast })
  }

  mark({ number, reader: observer, room }: Line, reader: string, toId: number): void {
    this.marksTold.push({ line: number, observer, room, reader, toId, at: this.#now() })
  }

  close(line: Line | null): void {
    if (line) line.closedAt ??= this.#now()
  }
}

/** What is said is heard on it. */
export function isOpen({ readyAt, closedAt, isAway }: Line): boolean {
  return readyAt !== null && closedAt === null && !isAway
}

export interface Ended {
  readonly outcome: Exclude<Outcome, 'open'>
  readonly id?: number | null
  readonly why?: string
}
