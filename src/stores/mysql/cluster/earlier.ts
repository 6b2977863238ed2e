import type { Message, RoomId, UserId } from '../../../core/model.ts'
import type { MysqlMessages } from '../messages.ts'
import type { KnownRooms } from './known-rooms.ts'
import type { Step } from './step.ts'
import { stepIn, type UnsettledEntries } from './unsettled.ts'

/**
 * Messages of a room that are there already, for decisions that ask about them. A look into the database takes a while, in which the
 * room goes on: what was read of the log in the meantime, and what was not in the database at the beginning, comes before it.
 */
export class EarlierMessages {
  readonly #roomId: RoomId
  readonly #messages: MysqlMessages
  readonly #capture: { readonly steps: readonly Step[]; end(): void }
  readonly #before: readonly Step[]
  readonly #byId = new Map<number, Message | null>()
  readonly #byKey = new Map<string, Message>()
  readonly #keys = new Set<string>()

  constructor(roomId: RoomId, rooms: KnownRooms, unsettled: UnsettledEntries, messages: MysqlMessages) {
    this.#roomId = roomId
    this.#messages = messages
    this.#capture = rooms.capture(roomId)
    this.#before = unsettled.ofRoom(roomId).flatMap((one) => stepIn(one) ?? [])
  }

  /** Reads those that were not read yet. */
  async read(ids: readonly number[], keys: readonly string[]): Promise<void> {
    const [byId, byKey] = await Promise.all([
      this.#messages.byIds(this.#roomId, ids),
      this.#messages.byClientKeys(this.#roomId, keys),
    ])
    for (const id of ids) this.#byId.set(id, byId.get(id) ?? null)
    for (const key of keys) this.#keys.add(key)
    for (const { message, clientKey } of byKey)
      this.#byKey.set(senderKey(message.sender?.id ?? null, clientKey), message)
  }

  /** Undefined: has to be read. Null: there is none. `step`: which it is of, where the database may not have it yet. */
  posted(senderId: UserId | null, clientKey: string): { message: Message; step: Step | null } | null | undefined {
    for (const step of this.#newest()) {
      if (step.clientKey !== clientKey || (step.events[0]?.actorId ?? null) !== senderId) continue
      for (const event of step.events) if (event.type === 'message_posted') return { message: event.message, step }
    }
    if (!this.#keys.has(clientKey)) return undefined
    const message = this.#byKey.get(senderKey(senderId, clientKey))
    return message ? { message, step: null } : null
  }

  /** As it is now. Undefined: has to be read. Null: there is none, or it was deleted. */
  message(id: number): Message | null | undefined {
    for (const step of this.#newest()) {
      for (const event of step.events.toReversed()) {
        if (!('message' in event) || event.message.id !== id) continue
        return event.type === 'message_deleted' ? null : event.message
      }
    }
    const message = this.#byId.get(id)
    return message && message.deletedAt !== null ? null : message
  }

  end(): void {
    this.#capture.end()
  }

  *#newest(): Iterable<Step> {
    for (let index = this.#capture.steps.length - 1; index >= 0; index--) yield this.#capture.steps[index]!
    for (let index = this.#before.length - 1; index >= 0; index--) yield this.#before[index]!
  }
}

function senderKey(senderId: UserId | null, clientKey: string): string {
  return `${senderId ?? ''} ${clientKey}`
}
