import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { exampleOf } from './example.ts'

test('its own example, else one of its parts', () => {
  const name = Type.String({ examples: ['Ana', 'Bo'] })
  assert.equal(exampleOf(name), 'Ana')
  assert.deepEqual(exampleOf(Type.Object({ name }, { examples: [{ name: 'Cy' }] })), { name: 'Cy' })
  assert.deepEqual(exampleOf(Type.Array(name)), ['Ana'])
  assert.deepEqual(exampleOf(Type.Tuple([name, Type.Literal(3)])), ['Ana', 3])
  assert.equal(exampleOf(Type.Union([name, Type.Null()])), 'Ana')
})

test('optional properties stand in it when they have an example', () => {
  const page = Type.Object({
    limit: Type.Integer({ minimum: 5 }),
    next: Type.Optional(Type.String({ examples: ['x'] })),
    name: Type.Optional(Type.String()),
    kind: Type.Enum(['a', 'b']),
    all: Type.Boolean({ default: false }),
  })
  assert.deepEqual(exampleOf(page), { limit: 5, next: 'x', kind: 'a', all: false })
})
