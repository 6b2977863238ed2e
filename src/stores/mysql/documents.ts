import type { Pool } from 'mysql2/promise'
import { ChatError } from '../../core/errors.ts'
import type { AppId, Meta } from '../../core/model.ts'
import type { Clock, Document, DocumentStore } from '../../core/ports.ts'
import { toCount, toDocument } from '../rows.ts'
import type { GroupCommit } from './group-commit.ts'
import { firstOf, places, rowsOf, run, type Database, type Row, type Value } from './statement.ts'

const ofCollection = 'app_id = ? AND collection = ?'
const alive = '(expires_at IS NULL OR expires_at > ?)'

export class MysqlDocuments implements DocumentStore {
  readonly #pool: Pool
  readonly #commits: GroupCommit
  readonly #now: Clock

  constructor(pool: Pool, commits: GroupCommit, now: Clock) {
    this.#pool = pool
    this.#commits = commits
    this.#now = now
  }

  add(
    appId: AppId,
    collection: string,
    body: Meta,
    { key, expiresAt }: { key?: string; expiresAt?: number } = {},
  ): Promise<Document> {
    return this.#commits.write(async (connection) => {
      const now = this.#now()
      if (key !== undefined) {
        // The place of one that has expired is free, and the index on keys knows no time.
        const expired = `DELETE FROM documents WHERE ${ofCollection} AND \`key\` = ? AND expires_at <= ?`
        if (await this.#one(connection, '`key` = ?', [appId, collection, key]))
          throw new ChatError('conflict', 'that name is taken')
        await run(connection, expired, [appId, collection, key, now])
      }
      const { insertedId } = await run(
        connection,
        `INSERT INTO documents (app_id, collection, \`key\`, body, expires_at, created_at, updated_at) VALUES ${places(1, 7)}`,
        [appId, collection, key ?? null, JSON.stringify(body), expiresAt ?? null, now, now],
      )
      return toDocument((await firstOf(connection, 'SELECT * FROM documents WHERE id = ?', [insertedId])) as Row)
    })
  }

  get(appId: AppId, collection: string, id: number): Promise<Document | null> {
    return Number.isSafeInteger(id) ? this.#one(this.#pool, 'id = ?', [appId, collection, id]) : Promise.resolve(null)
  }

  byKey(appId: AppId, collection: string, key: string): Promise<Document | null> {
    return this.#one(this.#pool, '`key` = ?', [appId, collection, key])
  }

  put(appId: AppId, collection: string, id: number, body: Meta): Promise<Document | null> {
    return this.#commits.write(async (connection) => {
      const place = [appId, collection, id] as const
      if (!(await this.#one(connection, 'id = ?', place))) return null
      await run(connection, 'UPDATE documents SET body = ?, updated_at = ? WHERE id = ?', [
        JSON.stringify(body),
        this.#now(),
        id,
      ])
      return this.#one(connection, 'id = ?', place)
    })
  }

  remove(appId: AppId, collection: string, id: number): Promise<boolean> {
    return this.#commits.write(async (connection) => {
      const sql = `DELETE FROM documents WHERE ${ofCollection} AND id = ? AND ${alive}`
      return (await run(connection, sql, [appId, collection, id, this.#now()])).changed > 0
    })
  }

  removeExpired(now: number): Promise<number> {
    return this.#commits.write(
      async (connection) => (await run(connection, 'DELETE FROM documents WHERE expires_at <= ?', [now])).changed,
    )
  }

  async list(
    appId: AppId,
    collection: string,
    page: { limit: number; offset?: number },
  ): Promise<{ documents: Document[]; total: number }> {
    const from = `FROM documents WHERE ${ofCollection} AND ${alive}`
    const values = [appId, collection, this.#now()]
    const [rows, count] = await Promise.all([
      rowsOf(this.#pool, `SELECT * ${from} ORDER BY id DESC LIMIT ? OFFSET ?`, [
        ...values,
        toCount(page.limit),
        toCount(page.offset ?? 0),
      ]),
      firstOf(this.#pool, `SELECT count(*) AS total ${from}`, values),
    ])
    return { documents: rows.map(toDocument), total: Number(count?.['total']) }
  }

  async #one(database: Database, where: string, place: readonly Value[]): Promise<Document | null> {
    const row = await firstOf(database, `SELECT * FROM documents WHERE ${ofCollection} AND ${where} AND ${alive}`, [
      ...place,
      this.#now(),
    ])
    return row && toDocument(row)
  }
}
