import type { Swept } from '../../../core/broom.ts'
import type { AppId } from '../../../core/model.ts'
import type { Nodes, Shelf } from '../../../core/nodes.ts'
import type { Bus, Clock } from '../../../core/ports.ts'
import { channelKind } from '../../../wire/pusher/channel-name.ts'
import { isProtocolEvent } from '../../../wire/pusher/in-frames.ts'
import { echoBroadcastOf } from '../broadcasts.ts'
import { placeKey } from '../place-keys.ts'

export interface LastEvent {
  readonly name: string
  readonly data: string
  readonly at: number
}

export interface LastEventsOptions {
  readonly bus: Bus
  readonly nodes: Nodes
  /** Where other nodes find what this one heard; null when there are none. */
  readonly shelf: Shelf | null
  readonly maxBytesPerApp: number
  readonly now: Clock
}

interface Kept {
  readonly byChannel: Map<string, LastEvent>
  bytes: number
}

const keptForMs = 30 * 60_000
/** What an entry costs besides its text. */
const entryBytes = 200
const maxUnshelved = 1000

/**
 * The last event of each cache channel, for half an hour, whatever wire and node it came on. Each app has its own room; when
 * that is full, the channel goes that was silent longest. Clients' events aren't kept.
 *
 * Each node remembers what it hears. For those that came later, or missed some, the node where it was said puts it on a
 * shelf.
 */
export class LastEvents implements Swept {
  readonly #apps = new Map<AppId, Kept>()
  readonly #shelf: Shelf | null
  readonly #maxBytesPerApp: number
  readonly #now: Clock
  /** What the shelf could not take yet. */
  readonly #unshelved = new Map<string, string>()

  constructor({ bus, nodes, shelf, maxBytesPerApp, now }: LastEventsOptions) {
    this.#shelf = shelf
    this.#maxBytesPerApp = maxBytesPerApp
    this.#now = now
    nodes.onGap(() => this.#apps.clear())
    bus.listen((delivery) => {
      const said = echoBroadcastOf(delivery)
      if (!said || said.whisper || isProtocolEvent(said.event) || !channelKind(said.channel)?.isCache) return
      const { appId, at } = delivery.event
      const event = { name: said.event, data: said.data, at }
      this.#keep(appId, said.channel, event)
      if (this.#shelf && !delivery.foreign) this.#put(this.#shelf, placeKey(appId, said.channel), JSON.stringify(event))
    })
  }

  /** Other nodes may know what this one doesn't. */
  get isShared(): boolean {
    return this.#shelf !== null
  }

  /** What this node heard. */
  of(appId: AppId, channel: string): LastEvent | null {
    const last = this.#apps.get(appId)?.byChannel.get(channel)
    return last && this.ttlMs(last) > 0 ? last : null
  }

  /** What any node heard. Null also when the others can't be asked. */
  async find(appId: AppId, channel: string): Promise<LastEvent | null> {
    const known = this.of(appId, channel)
    if (known || !this.#shelf) return known
    const text = await this.#shelf.get(placeKey(appId, channel)).catch(() => null)
    const found = text === null ? null : lastEventOf(text)
    return found && this.ttlMs(found) > 0 ? found : null
  }

  /** Tries again what the shelf could not take. */
  sweep(): void {
    const unshelved = [...this.#unshelved]
    this.#unshelved.clear()
    for (const [key, value] of unshelved) if (this.#shelf) this.#put(this.#shelf, key, value)
  }

  ttlMs({ at }: LastEvent): number {
    return at + keptForMs - this.#now()
  }

  #keep(appId: AppId, channel: string, event: LastEvent): void {
    const kept = this.#apps.get(appId) ?? { byChannel: new Map<string, LastEvent>(), bytes: 0 }
    this.#apps.set(appId, kept)
    drop(kept, channel)
    kept.byChannel.set(channel, event)
    kept.bytes += bytesOf(channel, event)
    for (const [oldest, { at }] of kept.byChannel) {
      const isFull = kept.bytes > this.#maxBytesPerApp
      if (!isFull && at + keptForMs > event.at) break
      drop(kept, oldest)
      if (isFull) this.#shelf?.remove(placeKey(appId, oldest)).catch(ignore)
    }
  }

  #put(shelf: Shelf, key: string, value: string): void {
    this.#unshelved.delete(key)
    shelf.put(key, value, keptForMs).catch(() => {
      if (this.#unshelved.size < maxUnshelved) this.#unshelved.set(key, value)
    })
  }
}

/** Null for what is in another form. */
function lastEventOf(text: string): LastEvent | null {
  let event: unknown
  try {
    event = JSON.parse(text)
  } catch {
    return null
  }
  const { name, data, at } = (event ?? {}) as Readonly<Record<string, unknown>>
  return typeof name === 'string' && typeof data === 'string' && typeof at === 'number' ? { name, data, at } : null
}

function ignore(): void {
  // It goes by itself, in half an hour.
}

function drop(kept: Kept, channel: string): void {
  const event = kept.byChannel.get(channel)
  if (!event) return
  kept.byChannel.delete(channel)
  kept.bytes -= bytesOf(channel, event)
}

/** Characters count for two bytes: an engine's string has one or two each. */
function bytesOf(channel: string, { name, data }: LastEvent): number {
  return entryBytes + 2 * (channel.length + name.length + data.length)
}
