import type { UserId } from '../../../core/model.ts'
import type { CommuShared } from '../commu-shared.ts'
import { userObject } from '../shapes.ts'
import type { Caller } from './door.ts'

const usersAtOnce = 100

/** People as the lists of members show them. */
export async function memberList(
  { store }: CommuShared,
  { app }: Caller,
  members: ReadonlyMap<UserId, unknown>,
): Promise<object[]> {
  const ids = [...members.keys()]
  const shown: object[] = []
  for (let at = 0; at < ids.length; at += usersAtOnce) {
    const users = await store.users.byIds(app.app.id, ids.slice(at, at + usersAtOnce))
    for (const user of users.values()) shown.push(userObject(app.ids, user))
    // Five thousand take a tenth of a second: others have their turn between them.
    await new Promise(setImmediate)
  }
  return shown
}
