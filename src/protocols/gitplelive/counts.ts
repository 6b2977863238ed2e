import { ChatError } from '../../core/errors.ts'
import type { RoomEvent } from '../../core/event.ts'
import type { AppId, Room, RoomId } from '../../core/model.ts'
import type { Bus, Log, Store } from '../../core/ports.ts'
import { Turns } from './turns.ts'

/** How many messages a channel has, those with files among them. Deleted ones don't count. */
export interface Count {
  readonly messages: number
  readonly files: number
}

interface Counted extends Count {
  /** As of this event. */
  readonly seq: number
}

const none: Counted = { seq: 0, messages: 0, files: 0 }
const collection = 'gitplelive.counts'
const pageSize = 500
/** So many events at most are read again for a channel that was forgotten, unless nobody asked for it in the meantime. */
const keepEvery = 1000

/**
 * Counts by going along with a channel's events. What was counted up to some event is kept in the store, so that after
 * a restart only the events since are read: nothing is counted twice or lost, however the process ended. In memory in
 * two generations, at most twice `maxRooms`.
 */
export class Counts {
  readonly #store: Store
  readonly #log: Log
  readonly #maxRooms: number
  readonly #turns = new Turns()
  #young = new Map<RoomId, Counted>()
  #old = new Map<RoomId, Counted>()

  constructor({ store, bus, log, maxRooms = 50_000 }: { store: Store; bus: Bus; log: Log; maxRooms?: number }) {
    this.#store = store
    this.#log = log
    this.#maxRooms = maxRooms
    bus.listen(({ event }) => {
      if ('seq' in event) this.after(event)
      else if (event.type === 'room_removed') this.#forget(event.roomId)
    })
  }

  /** As the channel is now. */
  async of(room: Room): Promise<Count> {
    return this.#upTo(room) ?? this.#turns.take(String(room.id), async () => this.#upTo(room) ?? this.#read(room))
  }

  /** As it was counted last; null where the channel isn't known. For those who can't wait. */
  peek(id: RoomId): Count | null {
    return this.#known(id)
  }

  /** With this event, which is the newest; null where the channel isn't known. For those who can't wait. May be asked twice. */
  after(event: RoomEvent): Count | null {
    const before = this.#known(event.roomId)
    if (!before || event.seq <= before.seq) return before
    if (event.seq > before.seq + 1) {
      // Something was missed: the store knows.
      this.#forget(event.roomId)
      return null
    }
    const counted = counting(before, event)
    this.#keep(event.roomId, counted)
    if (counted.seq % keepEvery === 0) {
      this.#write(event.appId, event.roomId, counted).catch((error: unknown) => {
        this.#log.warn({ error, roomId: event.roomId }, 'a channel’s count was not kept; it will be counted again')
      })
    }
    return counted
  }

  /** Forgets what the store keeps. For channels that are removed. */
  async remove({ appId, id }: Room): Promise<void> {
    this.#forget(id)
    const document = await this.#store.documents.byKey(appId, collection, String(id))
    if (document) await this.#store.documents.remove(appId, collection, document.id)
  }

  async #read({ appId, id }: Room): Promise<Counted> {
    const kept = this.#known(id) ?? (await this.#stored(appId, id))
    let counted = kept
    for (;;) {
      const events = await this.#store.messages.since(id, counted.seq, pageSize)
      // The channel was removed, or cleared: what is left of it begins anew.
      if (events === null) return none
      counted = events.reduce(counting, counted)
      if (events.length < pageSize) break
      // A large channel's first count takes many pages: others have their turn between them.
      await new Promise(setImmediate)
    }
    if (counted.seq - kept.seq >= keepEvery) await this.#write(appId, id, counted)
    this.#keep(id, counted)
    return counted
  }

  async #stored(appId: AppId, id: RoomId): Promise<Counted> {
    const document = await this.#store.documents.byKey(appId, collection, String(id))
    return document ? (document.body as unknown as Counted) : none
  }

  async #write(appId: AppId, id: RoomId, counted: Counted): Promise<void> {
    const { documents } = this.#store
    const body = { ...counted }
    const document = await documents.byKey(appId, collection, String(id))
    // Another node's count is as good.
    if (!document) await documents.add(appId, collection, body, { key: String(id) }).catch(ignoreTaken)
    else if ((document.body as unknown as Counted).seq < counted.seq)
      await documents.put(appId, collection, document.id, body)
  }

  /** A channel that nobody here listens to goes on unheard. */
  #upTo({ id, lastSeq }: Room): Counted | null {
    const known = this.#known(id)
    return known && known.seq >= lastSeq ? known : null
  }

  #known(id: RoomId): Counted | null {
    const young = this.#young.get(id)
    if (young) return young
    const old = this.#old.get(id)
    if (old) this.#keep(id, old)
    return old ?? null
  }

  #keep(id: RoomId, counted: Counted): void {
    if (this.#young.size >= this.#maxRooms && !this.#young.has(id)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(id, counted)
  }

  #forget(id: RoomId): void {
    this.#young.delete(id)
    this.#old.delete(id)
  }
}

function ignoreTaken(error: unknown): void {
  if (!(error instanceof ChatError && error.code === 'conflict')) throw error
}

function counting({ messages, files }: Counted, event: RoomEvent): Counted {
  const { seq } = event
  if (event.type !== 'message_posted' && event.type !== 'message_deleted') return { seq, messages, files }
  const step = event.type === 'message_posted' ? 1 : -1
  return { seq, messages: messages + step, files: files + (event.message.type === 'file' ? step : 0) }
}
