import type { Pool } from 'mysql2/promise'
import type { Errand, ErrandDraft, ErrandStore } from '../../core/ports.ts'
import { toCount, toErrand } from '../rows.ts'
import type { GroupCommit } from './group-commit.ts'
import { firstOf, places, rowsOf, run, type Row } from './statement.ts'

export class MysqlErrands implements ErrandStore {
  readonly #pool: Pool
  readonly #commits: GroupCommit

  constructor(pool: Pool, commits: GroupCommit) {
    this.#pool = pool
    this.#commits = commits
  }

  add({ appId, kind, roomId, body, dueAt }: ErrandDraft): Promise<Errand> {
    return this.#commits.write(async (connection) => {
      const { insertedId } = await run(
        connection,
        `INSERT INTO errands (app_id, kind, room_id, body, due_at) VALUES ${places(1, 5)}`,
        [appId, kind, roomId, JSON.stringify(body), dueAt],
      )
      return toErrand((await firstOf(connection, 'SELECT * FROM errands WHERE id = ?', [insertedId])) as Row)
    })
  }

  async due(kind: string, now: number, limit: number): Promise<Errand[]> {
    const sql = 'SELECT * FROM errands WHERE kind = ? AND due_at <= ? ORDER BY due_at LIMIT ?'
    return (await rowsOf(this.#pool, sql, [kind, now, toCount(limit)])).map(toErrand)
  }

  done(id: number): Promise<void> {
    return this.#commits.write(async (connection) => {
      await run(connection, 'DELETE FROM errands WHERE id = ?', [id])
    })
  }

  failed(id: number, error: string, dueAt: number | null): Promise<void> {
    return this.#commits.write(async (connection) => {
      await run(connection, 'UPDATE errands SET attempts = attempts + 1, error = ?, due_at = ? WHERE id = ?', [
        error.slice(0, 500).toWellFormed(),
        dueAt,
        id,
      ])
    })
  }
}
