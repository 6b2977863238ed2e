import type { RoomEvent } from '../../../core/event.ts'
import type { Message, RoomId } from '../../../core/model.ts'
import type { MessageQuery, MessageStore } from '../../../core/ports.ts'
import type { MysqlMessages } from '../messages.ts'
import { readPatienceMs as patienceMs, type UnsettledEntries } from './unsettled.ts'

/** The messages of several nodes: who asks waits until what this node has heard of is in the database. */
export class ClusterMessages implements MessageStore {
  readonly #messages: MysqlMessages
  readonly #unsettled: UnsettledEntries

  constructor(messages: MysqlMessages, unsettled: UnsettledEntries) {
    this.#messages = messages
    this.#unsettled = unsettled
  }

  async byId(roomId: RoomId, id: number): Promise<Message | null> {
    await this.#unsettled.settled(roomId, patienceMs)
    return this.#messages.byId(roomId, id)
  }

  async page(roomId: RoomId, query: MessageQuery): Promise<Message[]> {
    await this.#unsettled.settled(roomId, patienceMs)
    return this.#messages.page(roomId, query)
  }

  async since(roomId: RoomId, seq: number, limit: number): Promise<RoomEvent[] | null> {
    await this.#unsettled.settled(roomId, patienceMs)
    return this.#messages.since(roomId, seq, limit)
  }
}
