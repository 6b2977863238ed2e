import { Type } from 'typebox'
import type { Room, User } from '../../../core/model.ts'
import { houseSession } from '../../../core/session.ts'
import { announceRemoved } from '../announcements.ts'
import * as answer from '../answers.ts'
import { pageAfter, readCursor } from '../cursor.ts'
import { inWords, Refusal } from '../failures.ts'
import * as field from '../fields.ts'
import type { GitpleliveShared } from '../gitplelive-shared.ts'
import { operation, type Call } from '../operation.ts'
import { metaWith, personDraft, personOf, type Person } from '../person.ts'
import { userShape } from '../shapes.ts'

const dayMs = 24 * 3600 * 1000
const maxTokenDays = 366
const maxAttempts = 5
/** In so many of a user's channels, those that changed last, it is told that it is gone. */
const maxTold = 100

export const createUser = operation(
  {
    summary: 'A new user',
    input: Type.Object({
      user_id: field.userId,
      name: field.name,
      profile_url: Type.Optional(field.profileUrl),
      meta: Type.Optional(field.meta),
    }),
    output: answer.user,
    platformOnly: true,
    status: 201,
  },
  async ({ shared, app }, { user_id: userId, name, profile_url: profileUrl, meta }) => {
    const person: Person = { userId, ...profilePart(profileUrl), ...(meta && { pairs: field.readPairs(meta) }) }
    const draft = personDraft(app.app.id, person, field.readName(name))
    return userShape(await inWords({ conflict: 'duplicate_id' }, shared.accounts.open(draft)))
  },
)

export const listUsers = operation(
  {
    summary: 'Users of the app, the newest first',
    input: Type.Object({ limit: field.limit, next: field.next }),
    output: answer.userPage,
    platformOnly: true,
  },
  async ({ shared, app }, { limit = field.usualLimit, next }) => {
    const query = { appId: app.app.id, protocol: 'gitplelive' } as const
    const listing = {
      fetch: async (offset: number, most: number) =>
        (await shared.store.users.find({ ...query, offset, limit: most })).users,
      keyOf: ({ id }: User) => [id, 0] as const,
    }
    const { items, ...more } = await pageAfter(listing, readCursor(next), limit)
    return { users: items.map((user) => userShape(user)), ...more }
  },
)

export const getUser = operation(
  { summary: 'A user', input: Type.Object({ user_id: field.userId }), output: answer.user },
  async ({ shared, app }, { user_id: userId }) => userShape(await shared.directory.user(app, userId)),
)

export const updateUser = operation(
  {
    summary: 'Change a user',
    description: 'What isn’t said stays. `meta` is replaced as a whole.',
    input: Type.Object({
      user_id: field.userId,
      name: Type.Optional(field.name),
      profile_url: Type.Optional(field.profileUrl),
      meta: Type.Optional(field.meta),
    }),
    output: answer.user,
  },
  async (call, { user_id: userId, name, profile_url: profileUrl, meta }) => {
    const pairs = meta && field.readPairs(meta)
    const named = name === undefined ? undefined : field.readName(name)
    const change = (person: Person): Person => ({ ...person, ...profilePart(profileUrl), ...(pairs && { pairs }) })
    return userShape(await changed(call, userId, change, named))
  },
)

export const deleteUser = operation(
  {
    summary: 'Remove a user',
    description: 'It leaves all its channels, its tokens and connections end. What it wrote stays, without its name.',
    input: Type.Object({ user_id: field.userId }),
    output: null,
    platformOnly: true,
  },
  async ({ shared, app }, { user_id: userId }) => {
    await remove(shared, await shared.directory.user(app, userId))
  },
)

export const updateUserMeta = operation(
  {
    summary: 'Set pairs of a user’s meta',
    description: 'Other pairs stay.',
    input: Type.Object({ user_id: field.userId, meta: field.meta }),
    output: answer.user,
  },
  async (call, { user_id: userId, meta }) => {
    const change = (person: Person) => ({ ...person, pairs: field.mergedPairs(person.pairs, meta) })
    return userShape(await changed(call, userId, change))
  },
)

export const deleteUserMeta = operation(
  {
    summary: 'Remove pairs of a user’s meta',
    input: Type.Object({ user_id: field.userId, keys: field.keys }),
    output: answer.user,
  },
  async (call, { user_id: userId, keys }) => {
    const change = (person: Person): Person => ({ ...person, pairs: field.pairsWithout(person.pairs, keys) })
    return userShape(await changed(call, userId, change))
  },
)

export const issueToken = operation(
  {
    summary: 'A session token for a user',
    description: 'For the SDK and for `/v1/client`. To be asked for on a server: the API key stays there.',
    input: Type.Object({
      user_id: field.userId,
      expires_at: Type.Optional(
        Type.Integer({ description: 'Unix milliseconds; a day from now unless it is said', examples: [1660206519025] }),
      ),
    }),
    output: answer.token,
    platformOnly: true,
  },
  async ({ shared, app }, { user_id: userId, expires_at: wanted }) => {
    const user = await shared.directory.user(app, userId)
    const now = shared.now()
    const expiresAt = wanted ?? now + dayMs
    if (expiresAt <= now) throw new Refusal('parameters', 'expires_at: is over already', 'expires_at')
    if (expiresAt > now + maxTokenDays * dayMs)
      throw new Refusal('parameters', `expires_at: at most ${maxTokenDays} days from now`, 'expires_at')
    return { token: await shared.tokens.issue(app, user, expiresAt), expires_at: expiresAt }
  },
)

export const revokeTokens = operation(
  {
    summary: 'Revoke all session tokens of a user',
    description: 'Its connections are closed.',
    input: Type.Object({ user_id: field.userId }),
    output: null,
  },
  async (call, { user_id: userId }) => {
    await changed(call, userId, (person) => ({ ...person, epoch: (person.epoch ?? 0) + 1 }))
  },
)

/** By the app's servers, or by the user itself. Everyone who listens to the user hears of it. */
async function changed(
  { shared, app, session }: Call,
  userId: string,
  change: (person: Person) => Person,
  name?: string,
): Promise<User> {
  const found = await shared.directory.user(app, userId)
  if (session.user && session.user.id !== found.id)
    throw new Refusal('no_permission', 'user_id: users change themselves only')
  const user = await shared.accounts.change(app.app.id, found.id, (now) => ({
    ...(name !== undefined && { name }),
    meta: metaWith(now.meta, change(personOf(now))),
  }))
  if (!user) throw new Refusal('user')
  return user
}

async function remove(shared: GitpleliveShared, user: User): Promise<void> {
  const { store, chat, bus, directory, people, now } = shared
  const { appId, id } = user
  const app = directory.byId(appId)
  if (!app || (await store.users.identities(appId, id)).length > 1)
    throw new Refusal('resource', 'user_id: this user is known on another wire too')
  // Its leaving is told by name.
  people.keep(user)
  const { rooms: told } = await store.rooms.find({ appId, kind: 'group', memberId: id, limit: maxTold })
  for (let attempt = 1; ; attempt++) {
    await leaveAll()
    try {
      if (!(await store.users.remove(appId, id))) throw new Refusal('user')
      break
    } catch (error) {
      // Somebody made it a member of something at this moment.
      if (error instanceof Refusal || attempt === maxAttempts) throw error
    }
  }
  // Who found it still there made it a member of something while it went.
  await leaveAll()
  bus.publish({ event: { type: 'user_removed', appId, userId: id, at: now(), origin: null }, room: null })
  const roomIds = told.map((room) => room.id)
  if (roomIds.length > 0) announceRemoved(chat, app.app, { userId: personOf(user).userId, roomIds })

  async function leaveAll(): Promise<void> {
    for (;;) {
      const { rooms } = await store.rooms.find({ appId, memberId: id, limit: 100 })
      if (rooms.length === 0) return
      const expel = (room: Room) => chat.execute(houseSession(app!.app), { type: 'expel', roomId: room.id, userId: id })
      await Promise.all(rooms.map(expel))
    }
  }
}

function profilePart(profileUrl: string | undefined): { profileUrl?: string } {
  return profileUrl === undefined ? {} : { profileUrl: profileUrl.toWellFormed() }
}
