import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { laravelApps, LaravelHouse } from '../support/laravel-house.ts'

/** What an application without a shared Redis says over HTTP. */

let house: LaravelHouse
before(async () => {
  house = await LaravelHouse.open()
})
after(() => house[Symbol.asyncDispose]())

describe('publishing over HTTP', () => {
  test('needs the application’s own secret, and sound words', async () => {
    const good = { channel: 'chat:x', data: { message: 'm' } }
    for (const secret of ['', 'x', laravelApps.blog.secret]) {
      const { status } = await house.publish(good, 'shop', secret)
      assert.equal(status, 401, secret)
    }
    const wrong = [
      '{',
      [],
      'null',
      {},
      { channel: 'chat:x' },
      { channel: '', data: {} },
      { channel: 5, data: {} },
      { channel: 'chat:x', data: 'text' },
      { channel: 'chat:x', data: {}, type: 'sended' },
      { channel: 'chat:x', data: {}, type: 7 },
      Array.from({ length: 101 }, () => good),
      [good, {}],
    ]
    for (const body of wrong) assert.equal((await house.publish(body)).status, 400, JSON.stringify(body))
    assert.equal((await house.publish({ channel: 'chat:x', data: { message: 'x'.repeat(10_001) } })).status, 413)
    assert.equal((await house.publish([good, { ...good, type: 'announcement' }])).status, 200)
  })

  test('of a list the message that is refused is named, and none is too deep to be written', async () => {
    const good = { channel: 'chat:list', data: { message: 'm' } }
    const long = { channel: 'chat:list', data: { message: 'x'.repeat(10_001) } }
    const answer = await house.publish([good, long, long])
    assert.equal(answer.status, 413)
    assert.partialDeepStrictEqual(await answer.json(), { error: 'too_large', field: '1' })
    const deep = `{"channel":"tweet:","data":{"tweet":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`
    for (const body of [deep, `[${JSON.stringify(long)},${deep}]`]) {
      const refused = await house.publish(body)
      assert.equal(refused.status, 400)
      assert.match(await refused.text(), /too deeply/)
    }
    assert.deepEqual(house.log.of('error'), [])
  })

  test('who guesses secrets is kept out, and no other application', async () => {
    await using small = await LaravelHouse.open({ env: { LOGIN_ATTEMPTS: '3' } })
    const words = { channel: 'progress:7', data: { info: 1 } }
    for (let count = 0; count < 5; count++) assert.equal((await small.publish(words)).status, 200)
    for (const guess of ['a', 'b', 'c']) assert.equal((await small.publish(words, 'shop', guess)).status, 401)
    await eventually(async () => assert.equal((await small.publish(words)).status, 429))
    assert.equal((await small.publish(words, 'blog')).status, 200)
  })
})
