import type { Swept } from './broom.ts'
import type { AppId, Room, RoomKind } from './model.ts'
import type { Clock, Log, Store } from './ports.ts'

/** Messages of closed rooms that nobody took up again are removed some time after the close. */
export interface RetentionRule {
  readonly appId: AppId
  readonly kind: RoomKind
  readonly closedForMs: number
}

export interface RetentionReport {
  /** Rooms whose messages were removed. */
  readonly rooms: number
  readonly expiredDocuments: number
}

export interface RetentionOptions {
  readonly store: Store
  readonly rules: readonly RetentionRule[]
  /** Between two runs of a server. */
  readonly intervalMs: number
  readonly now: Clock
  readonly log: Log
}

const batchRooms = 100

/**
 * What is due is found in the store each time, so that a restart loses nothing and running twice does nothing. Works in
 * batches, each its own commit, so that a year's backlog doesn't stop the chat.
 */
export class Retention implements Swept {
  readonly #options: RetentionOptions
  #running: Promise<RetentionReport> | null = null
  #dueAt = 0

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  /** The first one runs: nobody knows how long the server was away. */
  sweep(now: number): void {
    const { intervalMs, log } = this.#options
    if (now < this.#dueAt) return
    this.#dueAt = now + intervalMs
    this.run().catch((error: unknown) => log.error({ error }, 'old messages could not be removed'))
  }

  /** One run; asked for again while it goes on, it is the same one. */
  run(): Promise<RetentionReport> {
    this.#running ??= this.#run().finally(() => (this.#running = null))
    return this.#running
  }

  /** The rooms whose messages a run would remove now. */
  async preview(): Promise<Room[]> {
    const found: Room[] = []
    for (const rule of this.#options.rules) {
      for (let offset = 0; ; offset += batchRooms) {
        const due = await this.#due(rule, offset)
        found.push(...due)
        if (due.length < batchRooms) break
      }
    }
    return found
  }

  async #run(): Promise<RetentionReport> {
    const { store, rules, now, log } = this.#options
    let rooms = 0
    for (const rule of rules) {
      for (let due = await this.#due(rule, 0); due.length > 0; due = await this.#due(rule, 0)) {
        const closedTo = now() - rule.closedForMs
        const cleared = await Promise.all(due.map((room) => store.rooms.clear(rule.appId, room.id, closedTo)))
        rooms += cleared.filter(Boolean).length
        // All of them were taken up again at this moment.
        if (!cleared.some(Boolean)) break
      }
    }
    const expiredDocuments = await store.documents.removeExpired(now())
    if (rooms > 0) log.info({ rooms }, 'messages of rooms closed long ago were removed')
    return { rooms, expiredDocuments }
  }

  async #due({ appId, kind, closedForMs }: RetentionRule, offset: number): Promise<Room[]> {
    const closedTo = this.#options.now() - closedForMs
    const query = { appId, kind, states: ['closed'], closedTo, hasMessages: true, limit: batchRooms, offset } as const
    return (await this.#options.store.rooms.find(query)).rooms
  }
}
