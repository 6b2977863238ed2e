import type { RoomId, UserId } from '../../../core/model.ts'
import type { GroupCommit } from '../group-commit.ts'
import { derived, rowsOf, type Database, type Value } from '../statement.ts'
import { later } from '../transaction.ts'

/** How far a member's marks go at least. */
export interface RaisedMark {
  readonly roomId: RoomId
  readonly userId: UserId
  readonly readId: number
  readonly deliveredId: number
  /** Null: as it was. */
  readonly readAt: number | null
  readonly deliveredAt: number | null
}

const maxMarks = 200
const columns = ['room_id', 'user_id', 'to_read', 'to_delivered', 'at_read', 'at_delivered'] as const

/** Marks only grow, whoever writes them and in whatever order. Who is no member any more has none. */
export async function raiseMarks(database: Database, unsorted: readonly RaisedMark[]): Promise<void> {
  // Two who raise several don't wait for each other.
  const marks = unsorted.toSorted((a, b) => a.roomId - b.roomId || a.userId - b.userId)
  for (let at = 0; at < marks.length; at += maxMarks) {
    const some = marks.slice(at, at + maxMarks)
    const values: Value[] = some.flatMap((one) => [
      one.roomId,
      one.userId,
      one.readId,
      one.deliveredId,
      one.readAt,
      one.deliveredAt,
    ])
    await later(
      database,
      // As in room-words.ts: only their own rows are locked, however few there are.
      `UPDATE (${derived(some.length, columns)}) AS raised STRAIGHT_JOIN members FORCE INDEX (PRIMARY)
        ON members.room_id = raised.room_id AND members.user_id = raised.user_id
        SET read_id = greatest(read_id, to_read), delivered_id = greatest(delivered_id, to_delivered),
          read_at = coalesce(at_read, read_at), delivered_at = coalesce(at_delivered, delivered_at)`,
      values,
    )
  }
}

export interface AskedMark {
  readonly roomId: RoomId
  readonly userId: UserId
  readonly which: 'read' | 'delivered'
  /** Not beyond the room's newest message. */
  readonly toId: number
  readonly at: number
}

interface Asked extends AskedMark {
  readonly resolve: (beforeId: number | null) => void
  readonly reject: (error: unknown) => void
}

/** Marks that members of this node's connections set: those of one turn in one statement. */
export class Marks {
  readonly #commits: GroupCommit
  #asked: Asked[] = []
  #isUnderWay = false

  constructor(commits: GroupCommit) {
    this.#commits = commits
  }

  /** Resolves with where the mark was, when it is where it was asked to be or further; null for who is no member. */
  raise(mark: AskedMark): Promise<number | null> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ ...mark, resolve, reject })
      if (!this.#isUnderWay) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isUnderWay = true
    while (this.#asked.length > 0) {
      const asked = this.#asked.splice(0, maxMarks)
      try {
        const before = await this.#commits.write((connection) => raise(connection, asked))
        for (const [index, { resolve }] of asked.entries()) resolve(before[index] ?? null)
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    this.#isUnderWay = false
  }
}

/** Where each was when its turn came. */
async function raise(connection: Database, asked: readonly AskedMark[]): Promise<(number | null)[]> {
  const rows = await rowsOf(
    connection,
    `SELECT room_id, user_id, read_id, delivered_id FROM members
      WHERE (room_id, user_id) IN (${asked.map(() => '(?, ?)').join(', ')}) ORDER BY room_id, user_id FOR UPDATE`,
    asked.flatMap(({ roomId, userId }) => [roomId, userId]),
  )
  const marks = new Map<string, RaisedMark>()
  for (const row of rows) {
    const [roomId, userId] = [row['room_id'] as RoomId, row['user_id'] as UserId]
    const [readId, deliveredId] = [row['read_id'] as number, row['delivered_id'] as number]
    marks.set(`${roomId} ${userId}`, { roomId, userId, readId, deliveredId, readAt: null, deliveredAt: null })
  }
  const before = asked.map(({ roomId, userId, which, toId, at }) => {
    const mark = marks.get(`${roomId} ${userId}`)
    if (!mark) return null
    const beforeId = which === 'read' ? mark.readId : mark.deliveredId
    const id = toId > beforeId ? toId : beforeId
    const raised = which === 'read' ? { readId: id, readAt: at } : { deliveredId: id, deliveredAt: at }
    marks.set(`${roomId} ${userId}`, { ...mark, ...raised })
    return beforeId
  })
  await raiseMarks(connection, [...marks.values()])
  return before
}
