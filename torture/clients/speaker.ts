import type { Ended, Journal, Reader, Room } from '../journal.ts'
import type { Random } from '../random.ts'

/** Somebody who says things in a room. */
export interface Speaker {
  readonly room: Room
  readonly name: string
  /** It has a connection, as far as it knows, or doesn't need one. */
  readonly isReady: boolean
  /** Says a text once. Never rejects. */
  say(text: string): Promise<Ended>
}

/** Somebody who has connections. */
export interface Client extends Reader {
  close(): void
}

const patienceMs = 30_000
const lookMs = 50

export interface Pace {
  readonly leastMs: number
  readonly mostMs: number
}

/** Lets somebody talk: one text after the other, each after the answer to the one before. */
export class Talk {
  readonly #speaker: Speaker
  readonly #journal: Journal
  readonly #random: Random
  readonly #pace: Pace
  #count = 0
  #isEnding = false
  #isStopped = false
  #done: Promise<void> | null = null

  constructor(speaker: Speaker, journal: Journal, random: Random, pace: Pace) {
    this.#speaker = speaker
    this.#journal = journal
    this.#random = random
    this.#pace = pace
  }

  start(): void {
    this.#done = this.#talk()
  }

  /** Resolves when something that it said from now on was acknowledged. */
  async finish(): Promise<void> {
    this.#isEnding = true
    await this.#done
  }

  /** Says nothing more, whatever was acknowledged. */
  stop(): void {
    this.#isStopped = true
  }

  async #talk(): Promise<void> {
    const { room, name } = this.#speaker
    while (!this.#isStopped) {
      await sleep(this.#random.between(this.#pace.leastMs, this.#pace.mostMs))
      while (!this.#speaker.isReady && !this.#isStopped) await sleep(lookMs)
      if (this.#isStopped) return
      const isLast = this.#isEnding
      const text = `${room.name} ${name} ${++this.#count}`
      const send = this.#journal.send(room, name, text)
      const ended = await inTime(this.#speaker.say(text))
      this.#journal.end(send, ended)
      if (isLast && ended.outcome === 'acked') return
    }
  }
}

async function inTime(saying: Promise<Ended>): Promise<Ended> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Ended>((resolve) => {
    timer = setTimeout(resolve, patienceMs, { outcome: 'unknown', why: 'no answer in time' })
  })
  return Promise.race([saying, late]).finally(() => clearTimeout(timer))
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
