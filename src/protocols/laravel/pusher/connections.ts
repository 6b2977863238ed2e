import type { Swept } from '../../../core/broom.ts'
import type { AppId } from '../../../core/model.ts'
import type { Nodes } from '../../../core/nodes.ts'
import type { Bus } from '../../../core/ports.ts'
import { userChannel } from '../../../wire/pusher/channel-name.ts'
import { channelNewsOf } from '../broadcasts.ts'
import { ConnectionCounts } from '../connection-counts.ts'

/** A connection as others find it. */
export interface Connected {
  readonly appId: AppId
  readonly socketId: string
  readonly lineId: string
  /** Its user's connections are to end. */
  terminate(): void
  sweep(now: number): void
}

/** The connections of this node by their socket ids, and by the users who signed in on them. */
export class PusherConnections implements Swept {
  readonly #bySocketId = new Map<string, Connected>()
  readonly #byUser = new Map<string, Set<Connected>>()
  readonly #counts: ConnectionCounts

  constructor(bus: Bus, nodes: Nodes) {
    this.#counts = new ConnectionCounts(nodes, 'pusher-connections')
    bus.listen((delivery) => {
      const told = channelNewsOf(delivery)
      if (told?.news.type !== 'terminated') return
      for (const one of this.#byUser.get(userKey(delivery.event.appId, told.channel)) ?? []) one.terminate()
    })
  }

  add(one: Connected): void {
    this.#bySocketId.set(one.socketId, one)
    this.#counts.add(one.appId)
  }

  remove(one: Connected, userId: string | null): void {
    if (!this.#bySocketId.delete(one.socketId)) return
    this.#counts.remove(one.appId)
    if (userId === null) return
    const key = userKey(one.appId, userChannel(userId))
    const connections = this.#byUser.get(key)
    if (connections?.delete(one) && connections.size === 0) this.#byUser.delete(key)
  }

  signedIn(one: Connected, userId: string): void {
    const key = userKey(one.appId, userChannel(userId))
    const connections = this.#byUser.get(key)
    if (connections) connections.add(one)
    else this.#byUser.set(key, new Set([one]))
  }

  sweep(now: number): void {
    this.#counts.sweep()
    for (const one of this.#bySocketId.values()) one.sweep(now)
  }

  /** How many connections an app has, on all nodes. */
  count(appId: AppId): number {
    return this.#counts.of(appId)
  }

  /** Null for who is not here, or is another app's. */
  lineIdOf(appId: AppId, socketId: string): string | null {
    const one = this.#bySocketId.get(socketId)
    return one?.appId === appId ? one.lineId : null
  }
}

/** An app's id has no slash. */
function userKey(appId: AppId, channel: string): string {
  return `${appId}/${channel}`
}
