import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { GitpleliveRest, keysOf } from '../../../../test/support/gitplelive-rest.ts'
import { operations } from '../operations/operations.ts'
import { addresses } from './addresses.ts'

/** Names of every field that anything asks for, and some that mean something to the language. */
const names = [
  ...new Set(
    Object.values(operations).flatMap(({ platformInput }) =>
      Object.keys((platformInput as unknown as { properties: object }).properties),
    ),
  ),
  'toString',
  'constructor',
  '__proto__',
  'hasOwnProperty',
]
const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('ana', 'team', 'bo', '\u0000', '\ud800', '1', 'true', '%', '../..', 'null', '바보', 'a,b'),
)
const value = fc.oneof(
  word,
  fc.jsonValue({ maxDepth: 2 }),
  fc.integer(),
  fc.constantFrom(1, 2, 60, ['ana'], ['ana', 'bo'], {}),
)
const object = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 12 })), value, { maxKeys: 8 })
const body = fc.oneof(
  { weight: 5, arbitrary: object.map((one) => JSON.stringify(one)) },
  fc.json({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
)
const part = fc.oneof(fc.constantFrom('ana', 'bo', 'team', '1', '2'), word)
const escaped = (text: string) => encodeURIComponent(text.toWellFormed())

describe('whatever comes', () => {
  let rest: GitpleliveRest
  before(async () => {
    rest = await GitpleliveRest.open({ bursts: { platform: 1e9, reads: 1e9, chat: 1e9, uploads: 1e9 } })
  })
  after(() => rest[Symbol.asyncDispose]())

  for (const { method, path, operation } of addresses) {
    test(`${method} ${path} answers, and never with a fault of ours`, async () => {
      // What was removed by a test before is there again.
      await rest.users('ana', 'bo')
      await rest.channel('team', 'ana', 'bo')
      await rest.say('team', 'ana', 'hello')
      const sides = operations[operation].platformOnly ? ['platform'] : ['platform', 'user']
      const parts = fc.array(part, { minLength: 3, maxLength: 3 })
      await fc.assert(
        fc.asyncProperty(parts, object, body, fc.constantFrom(...sides), async (given, query, sent, side) => {
          const left = [...given]
          const address = path.replace(/:\w+/g, () => escaped(left.pop() ?? 'x'))
          const asked = Object.entries(query).map(
            ([name, one]) => `${escaped(name)}=${escaped(typeof one === 'string' ? one : JSON.stringify(one))}`,
          )
          const prefix = side === 'user' ? '/client' : ''
          const headers = side === 'user' ? { authorization: `Bearer ${await rest.token('ana')}` } : keysOf()
          const { status, json } = await rest.ask(method, `${prefix}${address}?${asked.join('&')}`, {
            headers: { ...headers, ...(method !== 'GET' && { 'content-type': 'application/json' }) },
            ...(method !== 'GET' && { body: sent }),
          })
          assert.ok(status < 500, `${status} ${JSON.stringify(json)}`)
          if (status < 400) return
          assert.deepEqual(Object.keys(json).toSorted(), refusal)
          assert.ok(json.message.length > 0 && json.message.length < 500)
        }),
        { numRuns: 40 },
      )
      assert.deepEqual(rest.log.of('error'), [])
    })
  }
})

const refusal = ['code', 'message', 'name', 'path', 'reference', 'status', 'timestamp']
