import type { Close } from '../../../core/errors.ts'
import type { Event } from '../../../core/event.ts'
import type { UserId } from '../../../core/model.ts'
import type { Bus, Line } from '../../../core/ports.ts'
import { hostMeta } from '../host.ts'
import { accountLeft, noSuchHost, statusOff } from './closes.ts'
import { leftHost } from './left-host.ts'

type Side = 'host' | 'guest'

/** The status sockets of each host and its guests, so that they close when the host shows its status no longer. */
export class OpenStatuses {
  readonly #hosts = new Map<UserId, Map<Line, Side>>()

  constructor(bus: Bus) {
    bus.listen(({ event }) => {
      if (event.type !== 'user_changed') return
      for (const [line, side] of this.#hosts.get(event.user.id) ?? []) {
        const close = closeOf(event, side)
        if (close) line.close(close)
      }
    })
  }

  enter(hostId: UserId, line: Line, side: Side): void {
    const lines = this.#hosts.get(hostId)
    if (lines) lines.set(line, side)
    else this.#hosts.set(hostId, new Map([[line, side]]))
  }

  /** The hosts whose status somebody looks at or shows. */
  get hosts(): Iterable<UserId> {
    return this.#hosts.keys()
  }

  leave(hostId: UserId, line: Line): void {
    const lines = this.#hosts.get(hostId)
    if (lines?.delete(line) && lines.size === 0) this.#hosts.delete(hostId)
  }
}

function closeOf(event: Extract<Event, { type: 'user_changed' }>, side: Side): Close | null {
  if (leftHost(event) !== null) return side === 'host' ? accountLeft : noSuchHost
  return hostMeta(event.user).useOnlineStatus ? null : statusOff
}
