import type { Connection } from 'mysql2/promise'
import type { Room, RoomId, UserId } from '../../../core/model.ts'
import { fold } from '../../../core/room.ts'
import { toRoom } from '../../rows.ts'
import { AppendRows, maxRows, writeRooms } from '../append-rows.ts'
import { lastAppendOf } from '../room-statements.ts'
import { rowsOf, type Database, type Value } from '../statement.ts'
import { raiseMarks, type RaisedMark } from './marks.ts'
import type { Step } from './step.ts'

interface Row {
  room: Room
  lastAppend: string
}

/**
 * Brings steps to the database, in one transaction, and says of each whether it is in it now. A step is written where it goes
 * on from its room's row, which is locked meanwhile: so it doesn't matter how often it is brought, by how many nodes, or
 * what became of a node that did it before. One that is there already is known by its uid; any other is void.
 */
export async function bring(connection: Connection, steps: readonly Step[]): Promise<boolean[]> {
  const rows = await lockRooms(connection, [...new Set(steps.map(({ roomId }) => roomId))])
  const touched = new Set<Row>()
  const marks = new Map<string, RaisedMark>()
  const appendRows = new AppendRows()
  const verdicts: boolean[] = []
  const doubtful: number[] = []
  for (const [index, step] of steps.entries()) {
    const row = rows.get(step.roomId)
    const [first] = step.events
    const isNext = row && first?.seq === row.room.lastSeq + 1 && step.after === row.lastAppend
    verdicts.push(isNext === true && row.room.appId === step.appId)
    if (!row || !verdicts[index]) {
      if (row && step.uid === row.lastAppend) verdicts[index] = true
      else if (row && step.events.at(-1)!.seq <= row.room.lastSeq) doubtful.push(index)
      continue
    }
    for (const event of step.events) {
      row.room = fold(row.room, { members: new Map(), bans: new Map() }, event)
      appendRows.add(event, row.room, step.clientKey, step.uid)
      if (event.type === 'message_posted') continue
      // Who leaves takes the marks along.
      await writeMarks(connection, marks)
      await appendRows.write(connection, event)
    }
    row.lastAppend = step.uid
    touched.add(row)
    if (step.marks !== null) noteMark(marks, step.roomId, step.marks, row.room.lastId, step.events.at(-1)!.at)
  }
  await appendRows.flush(connection)
  await writeMarks(connection, marks)
  const changed = [...touched]
  for (let at = 0; at < changed.length; at += maxRows) {
    const some = changed.slice(at, at + maxRows)
    const ends = new Map(some.map(({ room, lastAppend }) => [room.id, lastAppend]))
    await writeRooms(
      connection,
      some.map(({ room }) => room),
      ends,
    )
  }
  const known = await uidsIn(
    connection,
    doubtful.map((index) => steps[index]!),
  )
  for (const index of doubtful) verdicts[index] = known.has(steps[index]!.uid)
  return verdicts
}

/** The uids of those steps that are in the database. */
export async function uidsIn(database: Database, steps: readonly Step[]): Promise<ReadonlySet<string>> {
  const uids = new Set<string>()
  const messages: Value[] = []
  const events: Value[] = []
  for (const {
    roomId,
    events: [first],
  } of steps) {
    if (first?.type === 'message_posted') messages.push(roomId, first.message.id)
    else if (first) events.push(roomId, first.seq)
  }
  for (const [table, column, keys] of [
    ['messages', 'id', messages],
    ['events', 'seq', events],
  ] as const) {
    if (keys.length === 0) continue
    const pairs = Array.from({ length: keys.length / 2 }, () => '(?, ?)').join(', ')
    const sql = `SELECT append_uid FROM ${table} WHERE (room_id, ${column}) IN (${pairs})`
    for (const row of await rowsOf(database, sql, keys))
      if (row['append_uid'] !== null) uids.add(row['append_uid'] as string)
  }
  return uids
}

/** In the order of their ids, so that two who lock several don't wait for each other. */
async function lockRooms(connection: Connection, ids: readonly RoomId[]): Promise<Map<RoomId, Row>> {
  if (ids.length === 0) return new Map()
  const sql = `SELECT * FROM rooms WHERE id IN (${ids.map(() => '?').join(', ')}) ORDER BY id FOR UPDATE`
  const rows = await rowsOf(connection, sql, ids)
  return new Map(rows.map((row) => [row['id'] as RoomId, { room: toRoom(row), lastAppend: lastAppendOf(row) }]))
}

function noteMark(marks: Map<string, RaisedMark>, roomId: RoomId, userId: UserId, toId: number, at: number): void {
  marks.set(`${roomId} ${userId}`, { roomId, userId, readId: toId, deliveredId: toId, readAt: at, deliveredAt: at })
}

async function writeMarks(connection: Connection, marks: Map<string, RaisedMark>): Promise<void> {
  if (marks.size === 0) return
  await raiseMarks(connection, [...marks.values()])
  marks.clear()
}
