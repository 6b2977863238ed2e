import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppId, RoomId, User, UserId } from '../../core/model.ts'
import type { Session } from '../../core/session.ts'
import { loneNode } from '../../../test/support/lone-node.ts'
import { Seats } from './seats.ts'

const user: User = {
  id: 1 as UserId,
  appId: 'a' as AppId,
  role: 'agent',
  name: '',
  blocked: false,
  meta: {},
  createdAt: 0,
  updatedAt: 0,
}
const session = (origin: string): Session => ({ app: { id: user.appId, name: '', origins: [] }, user, origin })

test('the room joined last, until the connection that joined it leaves', () => {
  const seats = new Seats(loneNode(() => 0).roster('seats'), () => 0)
  const [one, two] = [session('one'), session('two')]
  assert.equal(seats.of(user.id), null)
  seats.take(one, 5 as RoomId)
  seats.take(two, 6 as RoomId)
  seats.leave(one)
  assert.equal(seats.of(user.id), 6)
  seats.leave(two)
  assert.equal(seats.of(user.id), null)
})
