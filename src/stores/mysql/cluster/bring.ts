import type { Room, RoomId, UserId } from '../../../core/model.ts'
import { fold, foldWords, isOfWords } from '../../../core/room.ts'
import type { RoomEvent } from '../../../core/event.ts'
import { toRoom } from '../../rows.ts'
import { AppendRows, writeRooms } from '../append-rows.ts'
import { lastAppendOf } from '../room-statements.ts'
import { rowsOf, type Database, type Value } from '../statement.ts'
import { raiseMarks, type RaisedMark } from './marks.ts'
import { spokenColumns, toSpoken, writeSpoken, type SpokenRoom } from './room-words.ts'
import type { Step } from './step.ts'

interface Row {
  /** Whole where something is brought that is more than words. */
  room: Room | SpokenRoom
  lastAppend: string
}

/**
 * Brings steps to the database, in one transaction, and says of each whether it is in it now. A step is written where it goes
 * on from its room's row, which is locked meanwhile: so it doesn't matter how often it is brought, by how many nodes, or
 * what became of a node that did it before. One that is there already is known by its uid; any other is void.
 */
export async function bring(database: Database, steps: readonly Step[]): Promise<boolean[]> {
  const isSpoken = steps.every(({ events }) => events.every(isOfWords))
  const rows = await lockRooms(database, [...new Set(steps.map(({ roomId }) => roomId))], isSpoken)
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
      row.room = after(row.room, event)
      appendRows.add(event, row.room, step.clientKey, step.uid)
      if (event.type === 'message_posted') continue
      // Who leaves takes the marks along.
      await writeMarks(database, marks)
      await appendRows.write(database, event)
    }
    row.lastAppend = step.uid
    touched.add(row)
    if (step.marks !== null) noteMark(marks, step.roomId, step.marks, row.room.lastId, step.events.at(-1)!.at)
  }
  await appendRows.flush(database)
  await writeMarks(database, marks)
  const ends = new Map([...touched].map(({ room, lastAppend }) => [room.id, lastAppend]))
  const rooms = [...touched].map(({ room }) => room)
  if (isSpoken) await writeSpoken(database, rooms, ends)
  else await writeRooms(database, rooms.filter(isWhole), ends)
  const known = await uidsIn(
    database,
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
async function lockRooms(database: Database, ids: readonly RoomId[], isSpoken: boolean): Promise<Map<RoomId, Row>> {
  if (ids.length === 0) return new Map()
  const columns = isSpoken ? spokenColumns : '*'
  const sql = `SELECT ${columns} FROM rooms WHERE id IN (${ids.map(() => '?').join(', ')}) ORDER BY id FOR UPDATE`
  const toKnown = isSpoken ? toSpoken : toRoom
  const rows = await rowsOf(database, sql, ids)
  return new Map(rows.map((row) => [row['id'] as RoomId, { room: toKnown(row), lastAppend: lastAppendOf(row) }]))
}

function after(room: Room | SpokenRoom, event: RoomEvent): Room | SpokenRoom {
  if (isOfWords(event)) return foldWords(room, event)
  return isWhole(room) ? fold(room, { members: new Map(), bans: new Map() }, event) : room
}

function isWhole(room: Room | SpokenRoom): room is Room {
  return 'kind' in room
}

function noteMark(marks: Map<string, RaisedMark>, roomId: RoomId, userId: UserId, toId: number, at: number): void {
  marks.set(`${roomId} ${userId}`, { roomId, userId, readId: toId, deliveredId: toId, readAt: at, deliveredAt: at })
}

async function writeMarks(database: Database, marks: Map<string, RaisedMark>): Promise<void> {
  if (marks.size === 0) return
  await raiseMarks(database, [...marks.values()])
  marks.clear()
}
