import type { Pool } from 'mysql2/promise'
import type { AppId, Audience, Room, RoomId, RoomKind, RoomState, UserId } from '../../../core/model.ts'
import type { Clock, RoomDraft, RoomPage, RoomQuery, RoomStore } from '../../../core/ports.ts'
import type { Roomful } from '../../../core/room.ts'
import { toRoom } from '../../rows.ts'
import type { GroupCommit } from '../group-commit.ts'
import {
  addRoom,
  appOfRoom,
  countRooms,
  countUnread,
  emptyRoom,
  findRooms,
  idOfRoom,
  removeRoom,
} from '../room-statements.ts'
import { firstOf, run } from '../statement.ts'
import type { KnownRooms } from './known-rooms.ts'
import { readPatienceMs as patienceMs, type UnsettledEntries } from './unsettled.ts'

export interface ClusterRoomsOptions {
  readonly pool: Pool
  readonly commits: GroupCommit
  readonly rooms: KnownRooms
  readonly unsettled: UnsettledEntries
  readonly now: Clock
  /** The room is not what the nodes remember: it was removed, or cleared. */
  readonly changed: (id: RoomId, isRemoved: boolean) => void
}

/** The rooms of several nodes: one is what this node remembers, several are what the database has. */
export class ClusterRooms implements RoomStore {
  readonly #options: ClusterRoomsOptions

  constructor(options: ClusterRoomsOptions) {
    this.#options = options
  }

  async ensure(draft: RoomDraft): Promise<{ room: Room; created: boolean }> {
    const known = await this.byKey(draft.appId, draft.key)
    if (known) return { room: known, created: false }
    const { commits, now } = this.#options
    const added = await commits.write(async (connection) => {
      if ((await idOfRoom(connection, draft.appId, draft.key)) !== null) return null
      return addRoom(connection, draft, now())
    })
    if (added) return { room: added, created: true }
    const room = await this.byKey(draft.appId, draft.key)
    if (!room) throw new Error('a room was removed while it was made')
    return { room, created: false }
  }

  async byId(appId: AppId, id: RoomId): Promise<Room | null> {
    return (await this.#options.rooms.load(appId, id))?.room ?? null
  }

  async byKey(appId: AppId, key: string): Promise<Room | null> {
    const id = await idOfRoom(this.#options.pool, appId, key)
    return id === null ? null : this.byId(appId, id)
  }

  async withMembers(appId: AppId, id: RoomId): Promise<Roomful | null> {
    const known = await this.#options.rooms.load(appId, id)
    return known && { room: known.room, members: known.members, bans: known.bans }
  }

  async find(query: RoomQuery): Promise<RoomPage> {
    await this.#options.unsettled.allSettled(patienceMs)
    return findRooms(this.#options.pool, query)
  }

  async counts(
    appId: AppId,
    kind: RoomKind,
    agentId: UserId | null,
  ): Promise<{ byState: Record<RoomState, number>; held: number }> {
    await this.#options.unsettled.allSettled(patienceMs)
    return countRooms(this.#options.pool, appId, kind, agentId)
  }

  async unread(id: RoomId, userId: UserId, audience: Audience): Promise<number> {
    const { pool, rooms, unsettled } = this.#options
    const appId = rooms.get(id)?.room.appId ?? (Number.isSafeInteger(id) ? await appOfRoom(pool, id) : null)
    if (appId === null) return 0
    await unsettled.settled(id, patienceMs)
    const readId = (await rooms.load(appId, id))?.members.get(userId)?.readId ?? 0
    return countUnread(pool, id, userId, readId, audience)
  }

  async remove(appId: AppId, id: RoomId): Promise<boolean> {
    const { commits, unsettled, changed } = this.#options
    await unsettled.settled(id, patienceMs)
    const isRemoved = await commits.write(async (connection) => {
      const sql = 'SELECT id FROM rooms WHERE id = ? AND app_id = ? FOR UPDATE'
      if (!Number.isSafeInteger(id) || !(await firstOf(connection, sql, [id, appId]))) return false
      await emptyRoom(connection, id)
      await removeRoom(connection, id)
      return true
    })
    if (isRemoved) changed(id, true)
    return isRemoved
  }

  async clear(appId: AppId, id: RoomId, closedTo: number): Promise<boolean> {
    const { commits, unsettled, changed } = this.#options
    await unsettled.settled(id, patienceMs)
    const isCleared = await commits.write(async (connection) => {
      const sql = 'SELECT * FROM rooms WHERE id = ? AND app_id = ? FOR UPDATE'
      const row = Number.isSafeInteger(id) ? await firstOf(connection, sql, [id, appId]) : null
      const room = row && toRoom(row)
      if (room?.state !== 'closed' || (room.closedAt ?? Infinity) > closedTo) return false
      await emptyRoom(connection, id)
      await run(
        connection,
        `UPDATE rooms SET last_message_id = NULL, last_type = NULL, last_preview = NULL, last_sender_id = NULL, last_at = NULL
          WHERE id = ?`,
        [id],
      )
      return true
    })
    if (isCleared) changed(id, false)
    return isCleared
  }
}
