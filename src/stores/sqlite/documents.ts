import type { DatabaseSync } from 'node:sqlite'
import { ChatError } from '../../core/errors.ts'
import type { AppId, Meta } from '../../core/model.ts'
import type { Clock, Document, DocumentStore } from '../../core/ports.ts'
import type { GroupCommit } from './group-commit.ts'
import { toCount, toDocument, type Row } from '../rows.ts'

export class SqliteDocuments implements DocumentStore {
  readonly #commits: GroupCommit
  readonly #now: Clock
  readonly #insert
  readonly #get
  readonly #byKey
  readonly #put
  readonly #remove
  readonly #list
  readonly #count
  readonly #expire

  constructor(database: DatabaseSync, commits: GroupCommit, now: Clock) {
    this.#commits = commits
    this.#now = now
    const where = 'WHERE app_id = ? AND collection = ?'
    const alive = 'AND (expires_at IS NULL OR expires_at > ?)'
    this.#insert = database.prepare(
      `INSERT INTO documents (app_id, collection, key, body, expires_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?6, ?6) RETURNING *`,
    )
    this.#get = database.prepare(`SELECT * FROM documents ${where} AND id = ? ${alive}`)
    this.#byKey = database.prepare(`SELECT * FROM documents ${where} AND key = ? ${alive}`)
    this.#put = database.prepare(
      `UPDATE documents SET body = ?4, updated_at = ?5 WHERE app_id = ?1 AND collection = ?2 AND id = ?3 AND (expires_at IS NULL OR expires_at > ?5) RETURNING *`,
    )
    this.#remove = database.prepare(`DELETE FROM documents ${where} AND id = ? ${alive}`)
    this.#list = database.prepare(`SELECT * FROM documents ${where} ${alive} ORDER BY id DESC LIMIT ? OFFSET ?`)
    this.#count = database.prepare(`SELECT count(*) AS total FROM documents ${where} ${alive}`)
    this.#expire = database.prepare('DELETE FROM documents WHERE expires_at <= ?')
  }

  add(
    appId: AppId,
    collection: string,
    body: Meta,
    { key, expiresAt }: { key?: string; expiresAt?: number } = {},
  ): Promise<Document> {
    return this.#commits.write(() => {
      // The place of one that has expired is free, and the index on keys knows no time.
      this.#expire.run(this.#now())
      if (key !== undefined && this.#byKey.get(appId, collection, key, this.#now()))
        throw new ChatError('conflict', 'that name is taken')
      return toDocument(
        this.#insert.get(appId, collection, key ?? null, JSON.stringify(body), expiresAt ?? null, this.#now()) as Row,
      )
    })
  }

  async get(appId: AppId, collection: string, id: number): Promise<Document | null> {
    const row = this.#get.get(appId, collection, id, this.#now())
    return row ? toDocument(row) : null
  }

  async byKey(appId: AppId, collection: string, key: string): Promise<Document | null> {
    const row = this.#byKey.get(appId, collection, key, this.#now())
    return row ? toDocument(row) : null
  }

  put(appId: AppId, collection: string, id: number, body: Meta): Promise<Document | null> {
    return this.#commits.write(() => {
      const row = this.#put.get(appId, collection, id, JSON.stringify(body), this.#now())
      return row ? toDocument(row) : null
    })
  }

  remove(appId: AppId, collection: string, id: number): Promise<boolean> {
    return this.#commits.write(() => Number(this.#remove.run(appId, collection, id, this.#now()).changes) > 0)
  }

  removeExpired(now: number): Promise<number> {
    return this.#commits.write(() => Number(this.#expire.run(now).changes))
  }

  async list(
    appId: AppId,
    collection: string,
    page: { limit: number; offset?: number },
  ): Promise<{ documents: Document[]; total: number }> {
    const documents = this.#list
      .all(appId, collection, this.#now(), toCount(page.limit), toCount(page.offset ?? 0))
      .map(toDocument)
    return { documents, total: Number(this.#count.get(appId, collection, this.#now())?.['total']) }
  }
}
