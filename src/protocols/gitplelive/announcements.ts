import type { Chat } from '../../core/chat.ts'
import type { Event } from '../../core/event.ts'
import type { App, RoomId } from '../../core/model.ts'

/** What the sockets hear of beside the events of rooms, on every node: each on a named channel of the app, which keeps nothing. */

const created = 'gitplelive.created'
const reported = 'gitplelive.reported'
const removed = 'gitplelive.removed'

/** A channel is there. Making one is no event of it; its members are who is to hear. */
export interface Created {
  readonly roomId: RoomId
}

/** For the channel's managers. */
export interface Reported {
  readonly roomId: RoomId
  /** As it is answered with. */
  readonly report: object
}

/** A user is gone. Those who are in its channels are to hear: the core's `user_removed` is told when nobody knows any more which they were. */
export interface Removed {
  /** As this wire called it. */
  readonly userId: string
  readonly roomIds: readonly RoomId[]
}

export function announceCreated(chat: Chat, app: App, said: Created): void {
  chat.broadcast(app, { channel: created, name: 'created', data: JSON.stringify(said) })
}

export function announceReported(chat: Chat, app: App, said: Reported): void {
  chat.broadcast(app, { channel: reported, name: 'reported', data: JSON.stringify(said) })
}

export function announceRemoved(chat: Chat, app: App, said: Removed): void {
  chat.broadcast(app, { channel: removed, name: 'removed', data: JSON.stringify(said) })
}

/** Null for any other event. */
export function createdIn(event: Event): Created | null {
  return event.type === 'broadcast' && event.channel === created ? (JSON.parse(event.data) as Created) : null
}

/** Null for any other event. */
export function reportedIn(event: Event): Reported | null {
  return event.type === 'broadcast' && event.channel === reported ? (JSON.parse(event.data) as Reported) : null
}

/** Null for any other event. */
export function removedIn(event: Event): Removed | null {
  return event.type === 'broadcast' && event.channel === removed ? (JSON.parse(event.data) as Removed) : null
}
