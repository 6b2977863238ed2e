import type { DatabaseSync } from 'node:sqlite'
import { ChatError } from '../../core/errors.ts'
import type { AppId, Identity, User, UserId } from '../../core/model.ts'
import type { Clock, UserDraft, UserPatch, UserQuery, UserStore } from '../../core/ports.ts'
import type { GroupCommit } from './group-commit.ts'
import { likePattern, toCount, toUser, type Row } from '../rows.ts'

export class SqliteUsers implements UserStore {
  readonly #database: DatabaseSync
  readonly #commits: GroupCommit
  readonly #now: Clock
  readonly #insert
  readonly #insertIdentity
  readonly #byId
  readonly #byIdentity
  readonly #identities
  readonly #hash
  readonly #update
  readonly #membership
  readonly #deleteIdentities
  readonly #delete

  constructor(database: DatabaseSync, commits: GroupCommit, now: Clock) {
    this.#database = database
    this.#commits = commits
    this.#now = now
    this.#insert = database.prepare(`INSERT INTO users (app_id, role, name, password_hash, meta, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?6, ?6) RETURNING *`)
    this.#insertIdentity = database.prepare(
      'INSERT INTO identities (app_id, protocol, external_id, user_id) VALUES (?, ?, ?, ?)',
    )
    this.#byId = database.prepare('SELECT * FROM users WHERE id = ? AND app_id = ?')
    this.#byIdentity = database.prepare(`SELECT users.* FROM identities JOIN users ON users.id = identities.user_id
      WHERE identities.app_id = ? AND protocol = ? AND external_id = ?`)
    this.#identities = database.prepare('SELECT protocol, external_id FROM identities WHERE user_id = ? AND app_id = ?')
    this.#hash = database.prepare('SELECT password_hash FROM users WHERE id = ? AND app_id = ?')
    this.#membership = database.prepare('SELECT 1 FROM members WHERE user_id = ? LIMIT 1')
    this.#deleteIdentities = database.prepare('DELETE FROM identities WHERE user_id = ?')
    this.#delete = database.prepare('DELETE FROM users WHERE id = ?')
    this.#update =
      database.prepare(`UPDATE users SET name = ?, role = ?, blocked = ?, password_hash = coalesce(?, password_hash), meta = ?, updated_at = ?
      WHERE id = ? AND app_id = ? RETURNING *`)
  }

  remove(appId: AppId, id: UserId): Promise<boolean> {
    return this.#commits.write(() => {
      if (!this.#byId.get(id, appId)) return false
      if (this.#membership.get(id)) throw new ChatError('conflict', 'still a member of rooms')
      this.#deleteIdentities.run(id)
      this.#delete.run(id)
      return true
    })
  }

  create(draft: UserDraft): Promise<User> {
    return this.#commits.write(() => {
      if (this.#known(draft.appId, draft.identity)) throw new ChatError('conflict', 'that name is taken')
      return this.#add(draft)
    })
  }

  async ensure(draft: UserDraft): Promise<{ user: User; created: boolean }> {
    const known = this.#known(draft.appId, draft.identity)
    if (known) return { user: known, created: false }
    return this.#commits.write(() => {
      const user = this.#known(draft.appId, draft.identity)
      return user ? { user, created: false } : { user: this.#add(draft), created: true }
    })
  }

  async byId(appId: AppId, id: UserId): Promise<User | null> {
    const row = this.#byId.get(id, appId)
    return row ? toUser(row) : null
  }

  async byIds(appId: AppId, ids: readonly UserId[]): Promise<Map<UserId, User>> {
    const rows = ids.map((id) => this.#byId.get(id, appId)).filter((row) => row !== undefined)
    return new Map(rows.map(toUser).map((user) => [user.id, user]))
  }

  async byIdentity(appId: AppId, identity: Identity): Promise<User | null> {
    return this.#known(appId, identity)
  }

  async identities(appId: AppId, id: UserId): Promise<Identity[]> {
    const rows = this.#identities.all(id, appId)
    return rows.map((row) => ({
      protocol: row['protocol'] as Identity['protocol'],
      externalId: row['external_id'] as string,
    }))
  }

  identify(appId: AppId, id: UserId, identity: Identity): Promise<void> {
    return this.#commits.write(() => {
      if (!this.#byId.get(id, appId)) throw new ChatError('not_found', 'there is no such user')
      if (this.#known(appId, identity)) throw new ChatError('conflict', 'that name is taken')
      this.#insertIdentity.run(appId, identity.protocol, identity.externalId, id)
    })
  }

  async passwordHash(appId: AppId, id: UserId): Promise<string | null> {
    return (this.#hash.get(id, appId)?.['password_hash'] as string | null | undefined) ?? null
  }

  update(appId: AppId, id: UserId, change: UserPatch | ((user: User) => UserPatch)): Promise<User | null> {
    return this.#commits.write(() => {
      const row = this.#byId.get(id, appId)
      if (!row) return null
      const before = toUser(row)
      const patch = typeof change === 'function' ? change(before) : change
      const { name, role, blocked, meta } = { ...before, ...patch }
      const updated = this.#update.get(
        name,
        role,
        blocked ? 1 : 0,
        patch.passwordHash ?? null,
        JSON.stringify(meta),
        // A clock that was put back must not make the change look like the older one.
        Math.max(this.#now(), before.updatedAt),
        id,
        appId,
      )
      return toUser(updated as Row)
    })
  }

  async find(query: UserQuery): Promise<{ users: User[]; total: number }> {
    const where = ['app_id = ?']
    const values: (string | number | null)[] = [query.appId]
    if (query.roles) {
      where.push(`role IN (${query.roles.map(() => '?').join(', ')})`)
      values.push(...query.roles)
    }
    if (query.blocked !== undefined) {
      where.push('blocked = ?')
      values.push(query.blocked ? 1 : 0)
    }
    if (query.nameLike) {
      where.push(`name LIKE ? ESCAPE '\\'`)
      values.push(likePattern(query.nameLike))
    }
    if (query.anyNameLike) {
      const like = likePattern(query.anyNameLike)
      const called = `SELECT 1 FROM identities WHERE user_id = users.id AND external_id LIKE ? ESCAPE '\\' AND protocol = coalesce(?, protocol)`
      where.push(`(name LIKE ? ESCAPE '\\' OR EXISTS (${called}))`)
      values.push(like, like, query.protocol ?? null)
    }
    if (query.protocol) {
      where.push('EXISTS (SELECT 1 FROM identities WHERE user_id = users.id AND protocol = ?)')
      values.push(query.protocol)
    }
    const from = `FROM users WHERE ${where.join(' AND ')}`
    const rows = this.#database
      .prepare(`SELECT * ${from} ORDER BY id DESC LIMIT ? OFFSET ?`)
      .all(...values, toCount(query.limit), toCount(query.offset ?? 0))
    const total = this.#database
      .prepare(`SELECT count(*) AS total FROM (SELECT 1 ${from} LIMIT 10000)`)
      .get(...values)?.['total']
    return { users: rows.map(toUser), total: Number(total) }
  }

  #known(appId: AppId, identity: Identity): User | null {
    const row = this.#byIdentity.get(appId, identity.protocol, identity.externalId)
    return row ? toUser(row) : null
  }

  #add({ appId, role, name, passwordHash, meta, identity }: UserDraft): User {
    const row = this.#insert.get(appId, role, name, passwordHash ?? null, JSON.stringify(meta ?? {}), this.#now())
    const user = toUser(row as Row)
    this.#insertIdentity.run(appId, identity.protocol, identity.externalId, user.id)
    return user
  }
}
