import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { SchemaPool } from './schema-pool.ts'

const User = Type.Object({ name: Type.String({ examples: ['Ana'] }) }, { title: 'User', examples: [{ name: 'Ana' }] })
const ref = { $ref: '#/components/schemas/desk.User' }

test('a schema with a title stands in the document once, wherever it is used', () => {
  const pool = new SchemaPool()
  const room = pool.plain(
    'desk',
    Type.Object({ owner: User, members: Type.Array(User), last: Type.Union([User, Type.Null()]) }),
  )
  const { properties } = room as { properties: Record<string, unknown> }
  assert.deepEqual(properties, {
    owner: ref,
    members: { type: 'array', items: ref },
    last: { anyOf: [ref, { type: 'null' }] },
  })
  assert.deepEqual(pool.schemas, { 'desk.User': JSON.parse(JSON.stringify(User)) as unknown })
})

test('a made-up title can’t be told from a property of that name', () => {
  const pool = new SchemaPool()
  const plain = pool.plain('desk', Type.Object({ title: Type.String() }, { examples: [{ title: 'x' }] }))
  assert.deepEqual(pool.schemas, {})
  assert.deepEqual((plain as { examples: unknown }).examples, [{ title: 'x' }])
})

test('two things of one title, and of one title in two protocols', () => {
  const pool = new SchemaPool()
  const other = Type.Object({ id: Type.Integer() }, { title: 'User' })
  pool.plain('desk', User)
  assert.deepEqual(pool.plain('desk', structuredClone(User)), ref)
  assert.deepEqual(pool.plain('desk', other), JSON.parse(JSON.stringify(other)))
  assert.deepEqual(pool.plain('shop', other), { $ref: '#/components/schemas/shop.User' })
})
