import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Room } from '../../../core/model.ts'
import { HostLooks } from './host-looks.ts'

function desk(): { looks: HostLooks; writes: { room: Room; done: PromiseWithResolvers<void> }[] } {
  const writes: { room: Room; done: PromiseWithResolvers<void> }[] = []
  const looks = new HostLooks((room) => {
    const done = Promise.withResolvers<void>()
    writes.push({ room, done })
    return done.promise
  })
  return { looks, writes }
}

const [room, other] = [{ id: 1 } as Room, { id: 2 } as Room]

test('a thousand looks are two notes: the first, and one after it for what has come since', async () => {
  const { looks, writes } = desk()
  for (let count = 0; count < 1000; count++) looks.look(room)
  assert.equal(writes.length, 1)
  writes[0]!.done.resolve()
  await turn()
  assert.equal(writes.length, 2)
  writes[1]!.done.resolve()
  await turn()
  assert.equal(writes.length, 2)
  looks.look(room)
  assert.equal(writes.length, 3)
})

test('rooms don’t wait for each other', () => {
  const { looks, writes } = desk()
  looks.look(room)
  looks.look(other)
  assert.deepEqual(
    writes.map((write) => write.room),
    [room, other],
  )
})

test('a note that could not be written is followed by the next', async () => {
  const { looks, writes } = desk()
  looks.look(room)
  looks.look(room)
  writes[0]!.done.reject(new Error('the store is closed'))
  await turn()
  assert.equal(writes.length, 2)
})
