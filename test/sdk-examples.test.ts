import assert from 'node:assert/strict'
import { stripTypeScriptTypes } from 'node:module'
import { describe, test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { Client, GitpleLiveError } from '../sdk/src/gitple-live.ts'
import { GroupHouse } from './support/group-house.ts'
import { sdkExamples } from './support/sdk-examples.ts'

/** Every example in the SDK's documentation is run against a server: `client` is user_1, who manages channel_1. */

const examples = sdkExamples()

test('everything public has an example', () => {
  const names = new Set(examples.map(({ name }) => name))
  const methods = [Client.prototype, Object.getPrototypeOf(Client.prototype)].flatMap((prototype) =>
    Object.getOwnPropertyNames(prototype as object),
  )
  const internal = new Set(['constructor', 'handled', 'ask'])
  assert.deepEqual(
    methods.filter((name) => !names.has(name) && !internal.has(name)),
    [],
  )
  assert.ok(names.has('Client') && names.has('GitpleLiveError'))
})

describe('the example of', () => {
  for (const { name, code } of examples) {
    test(name, { timeout: 20_000 }, async () => {
      await using house = await GroupHouse.open()
      await house.users('user_1', 'user_2', 'user_3')
      await house.channel('channel_1', 'user_1', 'user_2')
      await house.ask('POST', '/group/channels/channel_1/managers', { manager: 'user_1' })
      const client = await house.connect('user_1')
      const errors: unknown[] = []
      client.on('error', (error) => errors.push(error))
      const sessionTokenOf = (userId: string): Promise<string> => house.token(userId)
      const globals = { client, Client, GitpleLiveError, sessionTokenOf, app_id: 'shop_app', url: house.url }
      const javascript = stripTypeScriptTypes(`(async () => {\n${code}\n})()`)
      await runInNewContext(javascript, { ...globals, File, console: { log: () => {} } })
      assert.deepEqual(errors, [])
    })
  }
})
