import type { Pool } from 'mysql2/promise'
import { ChatError } from '../../core/errors.ts'
import type { AppId, Identity, User, UserId } from '../../core/model.ts'
import type { Clock, UserDraft, UserPatch, UserQuery, UserStore } from '../../core/ports.ts'
import { likePattern, toCount, toUser } from '../rows.ts'
import type { GroupCommit } from './group-commit.ts'
import { contains } from './room-filter.ts'
import { firstOf, places, rowsOf, run, type Database, type Value } from './statement.ts'

export class MysqlUsers implements UserStore {
  readonly #pool: Pool
  readonly #commits: GroupCommit
  readonly #now: Clock

  constructor(pool: Pool, commits: GroupCommit, now: Clock) {
    this.#pool = pool
    this.#commits = commits
    this.#now = now
  }

  create(draft: UserDraft): Promise<User> {
    return this.#commits.write(async (connection) => {
      if (await known(connection, draft.appId, draft.identity)) throw new ChatError('conflict', 'that name is taken')
      return this.#add(connection, draft)
    })
  }

  async ensure(draft: UserDraft): Promise<{ user: User; created: boolean }> {
    const user = await known(this.#pool, draft.appId, draft.identity)
    if (user) return { user, created: false }
    return this.#commits.write(async (connection) => {
      const found = await known(connection, draft.appId, draft.identity)
      return found ? { user: found, created: false } : { user: await this.#add(connection, draft), created: true }
    })
  }

  byId(appId: AppId, id: UserId): Promise<User | null> {
    return byId(this.#pool, appId, id)
  }

  async byIds(appId: AppId, ids: readonly UserId[]): Promise<Map<UserId, User>> {
    if (ids.length === 0) return new Map()
    const rows = await rowsOf(
      this.#pool,
      `SELECT * FROM users WHERE app_id = ? AND id IN (${ids.map(() => '?').join(', ')})`,
      [appId, ...ids],
    )
    const found = new Map(rows.map(toUser).map((user) => [user.id, user]))
    return new Map(ids.flatMap((id) => found.get(id) ?? []).map((user) => [user.id, user]))
  }

  byIdentity(appId: AppId, identity: Identity): Promise<User | null> {
    return known(this.#pool, appId, identity)
  }

  async identities(appId: AppId, id: UserId): Promise<Identity[]> {
    const rows = await rowsOf(
      this.#pool,
      'SELECT protocol, external_id FROM identities WHERE user_id = ? AND app_id = ? ORDER BY protocol, external_id',
      [id, appId],
    )
    return rows.map((row) => ({
      protocol: row['protocol'] as Identity['protocol'],
      externalId: row['external_id'] as string,
    }))
  }

  identify(appId: AppId, id: UserId, identity: Identity): Promise<void> {
    return this.#commits.write(async (connection) => {
      if (!(await byId(connection, appId, id))) throw new ChatError('not_found', 'there is no such user')
      if (await known(connection, appId, identity)) throw new ChatError('conflict', 'that name is taken')
      await addIdentity(connection, appId, id, identity)
    })
  }

  async passwordHash(appId: AppId, id: UserId): Promise<string | null> {
    const row = await firstOf(this.#pool, 'SELECT password_hash FROM users WHERE id = ? AND app_id = ?', [id, appId])
    return (row?.['password_hash'] as string | null | undefined) ?? null
  }

  update(appId: AppId, id: UserId, change: UserPatch | ((user: User) => UserPatch)): Promise<User | null> {
    return this.#commits.write(async (connection) => {
      // As it is, not as the transaction began to see it; and nobody changes it until the commit.
      const row = await firstOf(connection, 'SELECT * FROM users WHERE id = ? AND app_id = ? FOR UPDATE', [id, appId])
      if (!row) return null
      const before = toUser(row)
      const patch = typeof change === 'function' ? change(before) : change
      const { name, role, blocked, meta } = { ...before, ...patch }
      await run(
        connection,
        `UPDATE users SET name = ?, role = ?, blocked = ?, password_hash = coalesce(?, password_hash), meta = ?, updated_at = ?
          WHERE id = ? AND app_id = ?`,
        [
          name.toWellFormed(),
          role,
          blocked ? 1 : 0,
          patch.passwordHash ?? null,
          JSON.stringify(meta),
          // The clocks of several writers differ.
          Math.max(this.#now(), before.updatedAt + 1),
          id,
          appId,
        ],
      )
      return byId(connection, appId, id)
    })
  }

  async find(query: UserQuery): Promise<{ users: User[]; total: number }> {
    const where = ['app_id = ?']
    const values: Value[] = [query.appId]
    if (query.roles?.length === 0) where.push('FALSE')
    else if (query.roles) {
      where.push(`role IN (${query.roles.map(() => '?').join(', ')})`)
      values.push(...query.roles)
    }
    if (query.blocked !== undefined) {
      where.push('blocked = ?')
      values.push(query.blocked ? 1 : 0)
    }
    if (query.nameLike) {
      where.push(`name ${contains}`)
      values.push(likePattern(query.nameLike))
    }
    if (query.anyNameLike) {
      const like = likePattern(query.anyNameLike)
      const called = `SELECT 1 FROM identities WHERE user_id = users.id AND app_id = users.app_id AND convert(external_id USING utf8mb4) ${contains} AND protocol = coalesce(?, protocol)`
      where.push(`(name ${contains} OR EXISTS (${called}))`)
      values.push(like, like, query.protocol ?? null)
    }
    if (query.protocol) {
      where.push('id IN (SELECT user_id FROM identities WHERE app_id = ? AND protocol = ?)')
      values.push(query.appId, query.protocol)
    }
    const from = `FROM users WHERE ${where.join(' AND ')}`
    const page = [toCount(query.limit), toCount(query.offset ?? 0)]
    const [rows, count] = await Promise.all([
      rowsOf(this.#pool, `SELECT * ${from} ORDER BY id DESC LIMIT ? OFFSET ?`, [...values, ...page]),
      firstOf(this.#pool, `SELECT count(*) AS total FROM (SELECT 1 ${from} LIMIT 10000) AS found`, values),
    ])
    return { users: rows.map(toUser), total: Number(count?.['total']) }
  }

  remove(appId: AppId, id: UserId): Promise<boolean> {
    return this.#commits.write(async (connection) => {
      if (!(await byId(connection, appId, id))) return false
      if (await firstOf(connection, 'SELECT 1 FROM members WHERE user_id = ? LIMIT 1', [id]))
        throw new ChatError('conflict', 'still a member of rooms')
      await run(connection, 'DELETE FROM identities WHERE user_id = ?', [id])
      await run(connection, 'DELETE FROM users WHERE id = ?', [id])
      return true
    })
  }

  async #add(connection: Database, { appId, role, name, passwordHash, meta, identity }: UserDraft): Promise<User> {
    const now = this.#now()
    const { insertedId } = await run(
      connection,
      `INSERT INTO users (app_id, role, name, password_hash, meta, created_at, updated_at) VALUES ${places(1, 7)}`,
      [appId, role, name.toWellFormed(), passwordHash ?? null, JSON.stringify(meta ?? {}), now, now],
    )
    const id = insertedId as UserId
    await addIdentity(connection, appId, id, identity)
    return (await byId(connection, appId, id)) as User
  }
}

async function byId(database: Database, appId: AppId, id: UserId): Promise<User | null> {
  const row = await firstOf(database, 'SELECT * FROM users WHERE id = ? AND app_id = ?', [id, appId])
  return row && toUser(row)
}

async function known(database: Database, appId: AppId, { protocol, externalId }: Identity): Promise<User | null> {
  const row = await firstOf(
    database,
    `SELECT users.* FROM identities JOIN users ON users.id = identities.user_id
      WHERE identities.app_id = ? AND protocol = ? AND external_id = ?`,
    [appId, protocol, externalId],
  )
  return row && toUser(row)
}

async function addIdentity(database: Database, appId: AppId, id: UserId, identity: Identity): Promise<void> {
  await run(database, `INSERT INTO identities (app_id, protocol, external_id, user_id) VALUES ${places(1, 4)}`, [
    appId,
    identity.protocol,
    identity.externalId,
    id,
  ])
}
