import type { Redis } from 'ioredis'
import type { RoomId } from '../../core/model.ts'
import type { LogEntry } from '../../core/room-log.ts'
import { nameOf, type LogPartition } from './log-partition.ts'
import { appendsScript } from './log-scripts.ts'

export interface LogAppend {
  readonly part: LogPartition
  readonly roomId: RoomId
  readonly before: string
  readonly after: string
  readonly entries: readonly LogEntry[]
  /** By `performance.now()`. */
  readonly askedAt: number
  /** Of the partition, when it was decided. */
  readonly turn: number
  /** Of the partition, when it was found to be open. */
  readonly epoch: string
  readonly resolve: (done: { readonly end: string }) => void
  readonly reject: (error: unknown) => void
}

/** Hears what became of each append, once. None of these may throw. */
export interface AppendOutcome {
  /** Where the room's end is now; null when Redis is in another epoch, and nothing was done. */
  answered(append: LogAppend, end: string | null): void
  /** It was not sent, or was refused, or nobody knows whether it was done. */
  failed(append: LogAppend, error: unknown): void
}

export interface LogAppendsOptions {
  readonly client: Redis
  /** Whether this node may decide what comes next in it. */
  readonly isOpen: (partition: LogPartition) => boolean
  /** What the client was told to say leaves now, and not at the end of the turn. */
  readonly sendNow: () => void
  readonly outcome: AppendOutcome
}

const endTtlS = 24 * 60 * 60
/** Of one call, so that nobody else's commands wait for Redis long. */
const maxAppends = 100
const maxChars = 1_000_000

/**
 * The appends of a turn of the event loop, in one call for hundreds of rooms: what a call costs, here and in Redis, is more than
 * what an append costs.
 *
 * They wait for the end of the turn, so whether each may still be appended is looked at again when it is sent. What Redis refuses is
 * refused one by one, within the call. They are never sent again for that: after two appends of one room, the first one would find
 * the end of the second, and seem to be refused.
 */
export class LogAppends {
  readonly #options: LogAppendsOptions
  #waiting: LogAppend[] = []

  constructor(options: LogAppendsOptions) {
    this.#options = options
  }

  add(append: LogAppend): void {
    if (this.#waiting.length === 0) setImmediate(this.#sendAll)
    this.#waiting.push(append)
  }

  readonly #sendAll = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    let call: LogAppend[] = []
    let chars = 0
    for (const append of waiting) {
      if (!this.#isAllowed(append)) {
        this.#options.outcome.failed(append, new Error('the log is not what the append was decided upon'))
        continue
      }
      const more = charsOf(append)
      if (call.length === maxAppends || (call.length > 0 && chars + more > maxChars)) {
        void this.#send(call)
        call = []
        chars = 0
      }
      call.push(append)
      chars += more
    }
    if (call.length > 0) void this.#send(call)
    this.#options.sendNow()
  }

  #isAllowed({ part, turn, epoch }: LogAppend): boolean {
    // The epoch says which process serves it, and the partition is open only over a connection to that one.
    return part.turn === turn && part.epoch === epoch && this.#options.isOpen(part)
  }

  async #send(appends: readonly LogAppend[]): Promise<void> {
    const { client, outcome } = this.#options
    try {
      const keys: string[] = []
      const args: (string | number)[] = [endTtlS]
      for (const { part, roomId, before, after, entries } of appends) {
        keys.push(part.keys.epoch, part.keys.log, part.endKey(roomId))
        args.push(part.epoch, part.nextId, before, after, entries.length)
        const last = entries.at(-1)
        for (const entry of entries) args.push(nameOf(entry, entry === last ? after : null), entry.text)
      }
      const answers = await appendsScript.run(client, keys, args)
      for (const [index, append] of appends.entries()) this.#answer(append, Array.isArray(answers) && answers[index])
    } catch (error) {
      // The library hangs the command on its errors, and they are logged: a megabyte of what people wrote.
      if (error instanceof Error && 'command' in error) delete error.command
      for (const append of appends) outcome.failed(append, error)
    }
  }

  #answer(append: LogAppend, answer: unknown): void {
    const { outcome } = this.#options
    if (typeof answer === 'string' || answer === null) outcome.answered(append, answer)
    else outcome.failed(append, refusalOf(answer))
  }
}

/** A fault in the script itself has no code. */
function refusalOf(answer: unknown): Error {
  const said = Array.isArray(answer) ? String(answer[0]) : 'the script answered with something else'
  return new Error(/^[A-Z]+ /.test(said) ? said : `ERR ${said}`)
}

function charsOf({ entries }: LogAppend): number {
  let chars = 0
  for (const { text } of entries) chars += text.length
  return chars
}
