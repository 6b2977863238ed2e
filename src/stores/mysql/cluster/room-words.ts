import type { AppId, Room, RoomId } from '../../../core/model.ts'
import type { RoomWords } from '../../../core/room.ts'
import { toLastMessage } from '../../rows.ts'
import { maxRows } from '../append-rows.ts'
import { derived, type Database, type Row, type Value } from '../statement.ts'
import { later } from '../transaction.ts'

/** As much of a room as what is said in it changes. */
export interface SpokenRoom extends RoomWords {
  readonly id: RoomId
  readonly appId: AppId
}

const changing = [
  'last_id',
  'last_seq',
  'last_message_id',
  'last_type',
  'last_preview',
  'last_sender_id',
  'last_at',
  'updated_at',
  'last_append',
]
const columns = ['room_id', ...changing.map((name) => `new_${name}`)]

export const spokenColumns = ['id', 'app_id', ...changing].join(', ')

export function toSpoken(row: Row): SpokenRoom {
  return {
    id: row['id'] as RoomId,
    appId: row['app_id'] as AppId,
    lastId: row['last_id'] as number,
    lastSeq: row['last_seq'] as number,
    lastMessage: toLastMessage(row),
    updatedAt: row['updated_at'] as number,
  }
}

/** A third of what the whole rows cost, of which nothing else is new. `ends` names the last append of each. */
export async function writeSpoken(
  database: Database,
  rooms: readonly (SpokenRoom | Room)[],
  ends: ReadonlyMap<RoomId, string>,
): Promise<void> {
  const updates = changing.map((name) => `rooms.${name} = new_${name}`).join(', ')
  for (let at = 0; at < rooms.length; at += maxRows) {
    const some = rooms.slice(at, at + maxRows)
    const values = some.flatMap(({ id, lastId, lastSeq, lastMessage, updatedAt }): Value[] => [
      id,
      lastId,
      lastSeq,
      lastMessage?.id ?? null,
      lastMessage?.type ?? null,
      lastMessage?.preview ?? null,
      lastMessage?.senderId ?? null,
      lastMessage?.at ?? null,
      updatedAt,
      ends.get(id) ?? null,
    ])
    await later(
      database,
      // The other way round, as servers like to in tables of a few rows, all rooms would be locked, and nodes wait for each other.
      `UPDATE (${derived(some.length, columns)}) AS spoken STRAIGHT_JOIN rooms FORCE INDEX (PRIMARY)
        ON rooms.id = spoken.room_id SET ${updates}`,
      values,
    )
  }
}
