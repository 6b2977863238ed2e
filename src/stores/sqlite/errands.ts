import type { DatabaseSync } from 'node:sqlite'
import type { Errand, ErrandDraft, ErrandStore } from '../../core/ports.ts'
import type { GroupCommit } from './group-commit.ts'
import { toCount, toErrand, type Row } from '../rows.ts'

export class SqliteErrands implements ErrandStore {
  readonly #commits: GroupCommit
  readonly #insert
  readonly #due
  readonly #done
  readonly #failed

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#commits = commits
    this.#insert = database.prepare(
      'INSERT INTO errands (app_id, kind, room_id, body, due_at) VALUES (?, ?, ?, ?, ?) RETURNING *',
    )
    this.#due = database.prepare('SELECT * FROM errands WHERE kind = ? AND due_at <= ? ORDER BY due_at LIMIT ?')
    this.#done = database.prepare('DELETE FROM errands WHERE id = ?')
    this.#failed = database.prepare('UPDATE errands SET attempts = attempts + 1, error = ?, due_at = ? WHERE id = ?')
  }

  add({ appId, kind, roomId, body, dueAt }: ErrandDraft): Promise<Errand> {
    return this.#commits.write(() =>
      toErrand(this.#insert.get(appId, kind, roomId, JSON.stringify(body), dueAt) as Row),
    )
  }

  async due(kind: string, now: number, limit: number): Promise<Errand[]> {
    return this.#due.all(kind, now, toCount(limit)).map(toErrand)
  }

  done(id: number): Promise<void> {
    return this.#commits.write(() => void this.#done.run(id))
  }

  failed(id: number, error: string, dueAt: number | null): Promise<void> {
    return this.#commits.write(() => void this.#failed.run(error.slice(0, 500), dueAt, id))
  }
}
