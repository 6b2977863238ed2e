import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Desk } from './desk.ts'

export function documentContract(desk: () => Desk): void {
  test('a document is kept, replaced and removed', async () => {
    const app = desk().newApp()
    const { documents } = desk().store
    const made = await documents.add(app, 'templates', { a: [1, null, '😀'] }, { key: 'hello' })
    assert.deepEqual(made, {
      id: made.id,
      key: 'hello',
      body: { a: [1, null, '😀'] },
      expiresAt: null,
      createdAt: desk().now,
      updatedAt: desk().now,
    })
    assert.deepEqual(await documents.get(app, 'templates', made.id), made)
    assert.deepEqual(await documents.byKey(app, 'templates', 'hello'), made)
    desk().pass(5)
    const put = await documents.put(app, 'templates', made.id, { b: 2 })
    assert.deepEqual(put, { ...made, body: { b: 2 }, updatedAt: desk().now })
    const store = await desk().reopen()
    assert.deepEqual(await store.documents.get(app, 'templates', made.id), put)
    assert.equal(await store.documents.remove(app, 'templates', made.id), true)
    assert.equal(await store.documents.remove(app, 'templates', made.id), false)
    assert.equal(await store.documents.put(app, 'templates', made.id, {}), null)
    assert.equal(await store.documents.get(app, 'templates', made.id), null)
    assert.equal(await store.documents.byKey(app, 'templates', 'hello'), null)
    const next = await store.documents.add(app, 'templates', {}, { key: 'hello' })
    assert.notEqual(next.id, made.id, 'a number is not given twice')
  })

  test('a key is unique in its collection', async () => {
    const app = desk().newApp()
    const { documents } = desk().store
    await documents.add(app, 'a', {}, { key: 'k' })
    await assert.rejects(documents.add(app, 'a', {}, { key: 'k' }), { name: 'ChatError', code: 'conflict' })
    await documents.add(app, 'b', {}, { key: 'k' })
    await documents.add(desk().newApp(), 'a', {}, { key: 'k' })
    const unnamed = await Promise.all([documents.add(app, 'a', {}), documents.add(app, 'a', {})])
    assert.deepEqual(
      unnamed.map(({ key }) => key),
      [null, null],
    )
    const race = await Promise.allSettled([1, 2].map((n) => documents.add(app, 'a', { n }, { key: 'race' })))
    assert.deepEqual(
      race.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
  })

  test('documents of other apps and collections are not there', async () => {
    const [app, other] = [desk().newApp(), desk().newApp()]
    const { documents } = desk().store
    const { id } = await documents.add(app, 'a', {}, { key: 'k' })
    for (const [appId, collection] of [
      [other, 'a'],
      [app, 'b'],
    ] as const) {
      assert.equal(await documents.get(appId, collection, id), null)
      assert.equal(await documents.byKey(appId, collection, 'k'), null)
      assert.equal(await documents.put(appId, collection, id, { x: 1 }), null)
      assert.equal(await documents.remove(appId, collection, id), false)
      assert.deepEqual(await documents.list(appId, collection, { limit: 10 }), { documents: [], total: 0 })
    }
  })

  test('a document that expires is as if it were not there', async () => {
    const app = desk().newApp()
    const { documents } = desk().store
    const expiresAt = desk().now + 100
    const made = await documents.add(app, 'a', {}, { key: 'k', expiresAt })
    const other = await documents.add(app, 'a', {}, { expiresAt: expiresAt + 1 })
    assert.equal(made.expiresAt, expiresAt)
    desk().pass(99)
    assert.deepEqual(await documents.byKey(app, 'a', 'k'), made)
    await assert.rejects(documents.add(app, 'a', {}, { key: 'k' }), { code: 'conflict' })
    desk().pass(1)
    assert.equal(await documents.byKey(app, 'a', 'k'), null)
    assert.equal(await documents.get(app, 'a', made.id), null)
    assert.equal(await documents.put(app, 'a', made.id, { b: 1 }), null)
    assert.equal(await documents.remove(app, 'a', made.id), false)
    assert.deepEqual(await documents.list(app, 'a', { limit: 9 }), { documents: [other], total: 1 })
    const next = await documents.add(app, 'a', {}, { key: 'k' })
    desk().pass(1)
    assert.equal(await documents.removeExpired(desk().now), 1)
    assert.deepEqual(await documents.list(app, 'a', { limit: 9 }), { documents: [next], total: 1 })
  })

  test('a list counts all and gives a page, newest first', async () => {
    const app = desk().newApp()
    const { documents } = desk().store
    const ids: number[] = []
    for (let n = 0; n < 4; n++) ids.unshift((await documents.add(app, 'a', { n })).id)
    const page = await documents.list(app, 'a', { limit: 2, offset: 1 })
    assert.deepEqual([page.documents.map(({ id }) => id), page.total], [ids.slice(1, 3), 4])
    assert.deepEqual((await documents.list(app, 'a', { limit: -1 })).documents, [])
  })
}
