import { userTopic, type Subscription } from '../../../core/hub.ts'
import type { User } from '../../../core/model.ts'
import type { Line, LineHandler } from '../../../core/ports.ts'
import { closeFor } from './closes.ts'
import { decodeFrame } from './frames.ts'
import type { SocketHouse } from './house.ts'
import type { OpenStatuses } from './open-statuses.ts'
import { StatusEncoding, statusFrame } from './words.ts'

export interface StatusSocketOptions {
  readonly house: SocketHouse
  readonly statuses: OpenStatuses
  readonly line: Line
  readonly host: User
}

/** A host's status socket: as long as one is open, the host is online. What it sends is checked and means nothing. */
export class HostStatusSocket implements LineHandler {
  readonly #house: SocketHouse
  readonly #statuses: OpenStatuses
  readonly #line: Line
  readonly #host: User

  constructor({ house, statuses, line, host }: StatusSocketOptions) {
    this.#house = house
    this.#statuses = statuses
    this.#line = line
    this.#host = host
    statuses.enter(host.id, line, 'host')
    house.presence.enter(host.appId, host.id)
  }

  message(text: string): void {
    takeNotice(this.#house, this.#line, text)
  }

  closed(): void {
    this.#statuses.leave(this.#host.id, this.#line)
    // A page reload looks the same as leaving: the debounce tells them apart.
    this.#house.presence.leave(this.#host.appId, this.#host.id, true)
  }
}

/**
 * A guest's status socket: hears its host come and go. Its `notice online` asks how it is now; of an absent host
 * nothing is said.
 */
export class GuestStatusSocket implements LineHandler {
  readonly #house: SocketHouse
  readonly #statuses: OpenStatuses
  readonly #line: Line
  readonly #host: User
  readonly #subscription: Subscription

  constructor({ house, statuses, line, host }: StatusSocketOptions) {
    this.#house = house
    this.#statuses = statuses
    this.#line = line
    this.#host = host
    statuses.enter(host.id, line, 'guest')
    this.#subscription = house.hub.subscribe(userTopic(host.id), new StatusEncoding(line.framing), line)
    this.#tell()
  }

  message(text: string): void {
    if (takeNotice(this.#house, this.#line, text) === 'online') this.#tell()
  }

  closed(): void {
    this.#statuses.leave(this.#host.id, this.#line)
    this.#house.hub.unsubscribe(this.#subscription)
  }

  #tell(): void {
    if (!this.#house.presence.isOnline(this.#host.appId, this.#host.id)) return
    this.#line.push(this.#line.framing.frame(statusFrame(true, this.#house.now())))
  }
}

/** The notice's word; null when the frame was none, and the line is closed. */
function takeNotice(house: SocketHouse, line: Line, text: string): string | null {
  try {
    house.frames.demand(line.id, 'too many frames, slow down')
    const frame = decodeFrame(text)
    if (frame.type === 'notice') return frame.message
    line.close({ code: 'invalid', reason: 'only notices are understood here', retry: 'never' })
  } catch (error) {
    const close = closeFor(error)
    if (!close) throw error
    line.close(close)
  }
  return null
}
