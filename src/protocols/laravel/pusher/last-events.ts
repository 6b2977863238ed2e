import type { AppId } from '../../../core/model.ts'
import type { Bus, Clock } from '../../../core/ports.ts'
import { channelKind } from '../../../wire/pusher/channel-name.ts'
import { isProtocolEvent } from '../../../wire/pusher/in-frames.ts'
import { echoBroadcastOf } from '../broadcasts.ts'

export interface LastEvent {
  readonly name: string
  readonly data: string
  readonly at: number
}

interface Kept {
  readonly byChannel: Map<string, LastEvent>
  bytes: number
}

const keptForMs = 30 * 60_000
/** What an entry costs besides its text. */
const entryBytes = 200

/**
 * The last event of each cache channel, for half an hour, whatever wire it came on. Each app has its own room; when
 * that is full, the channel goes that was silent longest. Clients' events aren't kept.
 */
export class LastEvents {
  readonly #apps = new Map<AppId, Kept>()
  readonly #maxBytesPerApp: number
  readonly #now: Clock

  constructor({ bus, maxBytesPerApp, now }: { bus: Bus; maxBytesPerApp: number; now: Clock }) {
    this.#maxBytesPerApp = maxBytesPerApp
    this.#now = now
    bus.listen((delivery) => {
      const said = echoBroadcastOf(delivery)
      if (!said || said.whisper || isProtocolEvent(said.event) || !channelKind(said.channel)?.isCache) return
      this.#keep(delivery.event.appId, said.channel, { name: said.event, data: said.data, at: delivery.event.at })
    })
  }

  of(appId: AppId, channel: string): LastEvent | null {
    const last = this.#apps.get(appId)?.byChannel.get(channel)
    return last && this.ttlMs(last) > 0 ? last : null
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
      if (kept.bytes <= this.#maxBytesPerApp && at + keptForMs > event.at) break
      drop(kept, oldest)
    }
  }
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
