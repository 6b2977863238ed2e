import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Swept } from '../../../core/broom.ts'
import type { Close } from '../../../core/errors.ts'
import { Hub } from '../../../core/hub.ts'
import type { RateLimit } from '../../../core/limits.ts'
import type { Accept } from '../../../core/ports.ts'
import { addressBlock, clientAddress } from '../../../wire/address.ts'
import { refuseUpgrade } from '../../../wire/refusal.ts'
import { websocketFraming } from '../../../wire/websocket-frame.ts'
import { rawDialect, type Dialect } from '../../../wire/websocket-line.ts'
import { WebSocketEndpoint, type WebSocketOptions } from '../../../wire/websocket.ts'
import type { GitpleliveShared } from '../gitplelive-shared.ts'
import { Attendance } from './attendance.ts'
import { Backlogs } from './backlogs.ts'
import { ChannelFrames } from './channel-encoding.ts'
import { closeFrame, goodbyeText } from './closes.ts'
import { EventWords } from './event-words.ts'
import type { LiveHouse, LiveLimits } from './house.ts'
import { LiveSocket } from './live-socket.ts'
import { Prepared } from './prepared.ts'

const path = '/v1/socket'

export interface SocketsOptions {
  readonly shared: GitpleliveShared
  readonly live: LiveLimits
  /** Dials by address. */
  readonly dials: RateLimit
  /** Events of one channel that are told again. */
  readonly maxResumed: number
  readonly wire: Omit<WebSocketOptions, 'accept' | 'admit' | 'dialect' | 'protocols'>
}

/** The SDK's WebSockets. Who they are for they say in their first frame: addresses are logged, and a token isn't for logs. */
export class GitpleliveSockets implements Swept {
  readonly #house: LiveHouse
  readonly #dials: RateLimit
  readonly #endpoint: WebSocketEndpoint
  readonly #trustedHops: number
  /** Serves a line, whatever it is made of. */
  readonly accept: Accept = (line) => new LiveSocket(this.#house, line)

  constructor({ shared, live, dials, maxResumed, wire }: SocketsOptions) {
    const { bus, hub, nodes, store, people, counts, log, now } = shared
    const words = new EventWords({ people, counts, baseUrl: shared.publicUrl ?? '' })
    const frames = new ChannelFrames(words, websocketFraming)
    const prepared = new Prepared({ bus, people, counts, log })
    // In this order: whoever leaves hears that before it hears no more, and whoever comes hears nothing twice.
    const channels = new Hub(prepared, log)
    const backlogs = new Backlogs({ bus: prepared, store, people, counts, frames, maxEvents: maxResumed, log, now })
    const attendance = new Attendance({ bus, prepared, store, people, counts, words, frames, log })
    hub.addAudience((roomId) => channels.listeners(roomId) > 0 || prepared.follows(roomId))
    nodes.onGap(() => attendance.reread())
    this.#house = { ...shared, live, channels, prepared, frames, words, backlogs, attendance, open: new Set() }
    this.#dials = dials
    this.#trustedHops = wire.trustedHops ?? 0
    this.#endpoint = new WebSocketEndpoint({ ...wire, dialect, accept: this.accept })
  }

  /** How often the store was asked what somebody missed. */
  get backlogReads(): number {
    return this.#house.backlogs.reads
  }

  owns(url: string): boolean {
    return this.#house.apps.length > 0 && url.split('?', 1)[0] === path
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = clientAddress(request, this.#trustedHops)
    if (this.#dials.take(addressBlock(address))) return this.#endpoint.upgrade(request, socket, head)
    this.#endpoint.counters.refused++
    refuseUpgrade(socket, 429)
  }

  sweep(now: number): void {
    this.#endpoint.sweep(now)
    this.#house.prepared.sweep()
    this.#house.backlogs.sweep(now)
    this.#house.attendance.sweep()
    for (const socket of this.#house.open) socket.sweep(now)
  }

  /** Closes every line and refuses new ones with 503. Resolves when the last is gone. */
  drain(close: Close): Promise<void> {
    return this.#endpoint.drain(close)
  }
}

const dialect: Dialect = {
  ...rawDialect(closeFrame),
  goodbye: (close) => websocketFraming.frame(goodbyeText(close)),
}
