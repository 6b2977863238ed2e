import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Desk } from './desk.ts'

export function errandContract(desk: () => Desk): void {
  test('errands come when they are due, the longest due first, until they are done', async () => {
    const appId = desk().newApp()
    const [mail, other] = [`mail ${appId}`, `webhook ${appId}`]
    const { errands } = desk().store
    const start = desk().now
    const add = (kind: string, dueAt: number) => errands.add({ appId, kind, roomId: null, body: { dueAt }, dueAt })
    const late = await add(mail, start + 20)
    const early = await add(mail, start + 10)
    await add(mail, start + 30)
    await add(other, start)
    assert.deepEqual(early, {
      id: early.id,
      appId,
      kind: mail,
      roomId: null,
      body: { dueAt: start + 10 },
      dueAt: start + 10,
      attempts: 0,
    })
    assert.deepEqual(await errands.due(mail, start + 9, 9), [])
    assert.deepEqual(await errands.due(mail, start + 20, 9), [early, late])
    assert.deepEqual(await errands.due(mail, start + 20, 1), [early])
    assert.deepEqual(await errands.due(mail, start + 20, -1), [])
    await errands.done(early.id)
    await errands.done(early.id)
    assert.deepEqual(await errands.due(mail, start + 20, 9), [late])
  })

  test('one that failed comes again later, or is given up', async () => {
    const appId = desk().newApp()
    const kind = `mail ${appId}`
    const errand = await desk().store.errands.add({ appId, kind, roomId: null, body: {}, dueAt: 10 })
    await desk().store.errands.failed(errand.id, 'x'.repeat(100_000), 20)
    const { errands } = await desk().reopen()
    assert.deepEqual(await errands.due(kind, 19, 9), [])
    assert.deepEqual(await errands.due(kind, 20, 9), [{ ...errand, attempts: 1, dueAt: 20 }])
    await errands.failed(errand.id, 'no', null)
    assert.deepEqual(await errands.due(kind, Number.MAX_SAFE_INTEGER, 9), [])
  })
}
