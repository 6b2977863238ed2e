import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { nodeCount } from '../support/chosen-servers.ts'
import { JwtClient } from '../support/jwt-client.ts'
import { LaravelHouse } from '../support/laravel-house.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Pages of a Laravel application with a plain `ws`: the protocol description's frames, byte by byte. */

const sended = '{"type":"sended","ok":true}'

let house: LaravelHouse
before(async () => {
  house = await LaravelHouse.open({
    shop: {
      channels: { lounge: { send: 'clients', data: ['message', 'mood'], presence: true }, vault: { stored: true } },
    },
  })
})
after(() => house[Symbol.asyncDispose]())

let rooms = 0
/** A channel that no other test is in. */
const newChannel = (kind = 'chat'): string => `${kind}:room${++rooms}`

// oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
async function history(channel: string, id: number, query = ''): Promise<{ status: number; body: any }> {
  const token = await house.token({ id, name: 'reader', channel })
  const response = await fetch(`${house.url}/api/laravel/messages${query}`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  return { status: response.status, body: await response.json() }
}

describe('a chat', () => {
  test('the sender hears that it was taken, then everyone hears the message, the sender too', async () => {
    const channel = newChannel()
    const [ana, bo, elsewhere] = await Promise.all([
      house.dial(7, 'Ana', channel),
      house.dial(9, 'Bo', channel),
      house.dial(8, 'Cy', newChannel()),
    ])
    ana.says({ message: '안녕하세요 😀', name: 'as she says' })
    const message =
      '{"type":"message","sender":{"name":"Ana","id":7},"data":{"message":"안녕하세요 😀","name":"as she says"}}'
    assert.equal(await ana.next(), sended)
    assert.equal(await ana.next(), message)
    assert.equal(await bo.next(), message)
    elsewhere.says({ message: 'x' })
    assert.equal(await elsewhere.next(), sended)
    assert.match(await elsewhere.next(), /"message":"x"/, 'nothing came before')
  })

  test('what data may not hold is left out, and values are as they came', async () => {
    const ana = await house.dial(7, 'Ana', newChannel())
    const sent: [object, string][] = [
      [{ name: 'n', secret: 1, message: 'm', __proto__: null }, '{"message":"m","name":"n"}'],
      [{ message: 5, name: null }, '{"message":5,"name":null}'],
      [{ message: { a: [1.5, true] } }, '{"message":{"a":[1.5,true]}}'],
      [{ message: '' }, '{"message":""}'],
      [{ name: 'n' }, '{"name":"n"}'],
      [{}, '{}'],
    ]
    for (const [data, out] of sent) {
      ana.says(data)
      assert.equal(await ana.next(), sended)
      assert.equal(await ana.next(), `{"type":"message","sender":{"name":"Ana","id":7},"data":${out}}`)
    }
    ana.send('{"data":{"__proto__":{"message":"inherited"},"constructor":1,"name":"own"}}')
    assert.equal(await ana.next(), sended)
    assert.match(await ana.next(), /"data":\{"name":"own"\}/)
  })

  test('frames that come in one go are answered and heard in turn', async () => {
    const channel = newChannel()
    const [ana, bo] = await Promise.all([house.dial(7, 'Ana', channel), house.dial(9, 'Bo', channel)])
    const wanted = Array.from({ length: 40 }, (_, index) => `m${index}`)
    for (const message of wanted) ana.says({ message })
    for (const message of wanted) bo.says({ message })
    const both = await Promise.all(
      [ana, bo].map(async (client) => {
        const frames: string[] = []
        while (frames.length < 120) frames.push(await client.next())
        return frames
      }),
    )
    for (const [index, frames] of both.entries()) {
      let answered = 0
      let heard = 0
      for (const frame of frames) {
        if (frame === sended) answered++
        else if (frame.includes(index === 0 ? '"id":7' : '"id":9'))
          assert.ok(++heard <= answered, 'answered before heard')
      }
      assert.equal(answered, 40)
      for (const id of [7, 9]) {
        const heardOf = frames
          .filter((frame) => frame.includes(`"id":${id}`))
          .map((frame) => JSON.parse(frame).data.message)
        assert.deepEqual(heardOf, wanted)
      }
    }
    const [first, second] = both.map((frames) => frames.filter((frame) => frame !== sended))
    assert.deepEqual(first, second, 'all in one order')
  })

  test('answers come in the order of the frames, those that need no waiting too', async () => {
    const ana = await house.dial(17, 'Ana', newChannel())
    ana.says({ message: 'first' })
    assert.deepEqual([await ana.next(), (await ana.next()).includes('first')], [sended, true])
    ana.says({ message: 'kept' })
    ana.says({ message: 'x'.repeat(10_001) })
    ana.send('[]')
    ana.says({ message: 'for nobody', target_user_id: '9' })
    const answers: string[] = []
    while (answers.length < 4) {
      const frame = await ana.next()
      if (!frame.startsWith('{"type":"message"')) answers.push(frame)
    }
    assert.match(answers[1] ?? '', /10000 characters/)
    assert.match(answers[2] ?? '', /a frame is/)
    assert.deepEqual([answers[0], answers[3]], [sended, sended])
  })

  test('target_user_id narrows to that user’s sockets; the sender hears it only when it is the target', async () => {
    const channel = newChannel()
    const [ana, bo, bo2, cy] = await Promise.all([
      house.dial(7, 'Ana', channel),
      house.dial(9, 'Bo', channel),
      house.dial(9, 'Bo', channel),
      house.dial(8, 'Cy', channel),
    ])
    ana.says({ message: 'to bo', target_user_id: 9 })
    assert.equal(await ana.next(), sended)
    const toBo = '{"type":"message","sender":{"name":"Ana","id":7},"data":{"message":"to bo"}}'
    assert.equal(await bo.next(), toBo)
    assert.equal(await bo2.next(), toBo)
    ana.says({ message: 'to me', target_user_id: 7 })
    assert.equal(await ana.next(), sended)
    assert.match(await ana.next(), /to me/)
    for (const target_user_id of ['9', true, {}, 9.5, 404]) {
      ana.says({ message: 'to nobody', target_user_id })
      assert.equal(await ana.next(), sended)
    }
    for (const target_user_id of [0, null, '', false]) {
      ana.says({ message: 'to all', target_user_id })
      assert.equal(await ana.next(), sended)
      for (const client of [ana, bo, bo2, cy]) assert.match(await client.next(), /to all/)
    }
  })

  test('what was said is kept, and read with the channel’s token; what was for one, by both alone', async () => {
    const channel = newChannel()
    const ana = await house.dial(7, 'Ana', channel)
    for (const [data, hears] of [
      [{ message: 'one', name: 'A' }, true],
      [{ message: 'for bo', target_user_id: 9 }, false],
      [{ name: 'no message' }, true],
    ] as const) {
      ana.says(data)
      assert.equal(await ana.next(), sended)
      if (hears) await ana.next()
    }
    assert.equal((await house.publish({ channel, data: { message: 'from the app', name: 'App' } })).status, 200)
    const sender = { name: 'Ana', id: 7 }
    const { body } = await history(channel, 9)
    assert.equal(body.channel, channel)
    assert.equal(body.before, null)
    assert.deepEqual(
      body.messages.map(({ at, ...message }: { at: string }) => (assert.match(at, /^\d{4}-.*Z$/), message)),
      [
        { id: 1, sender, data: { message: 'one', name: 'A' } },
        { id: 2, sender, data: { message: 'for bo' }, target_user_id: 9 },
        { id: 3, sender, data: { name: 'no message' } },
        { id: 4, sender: { name: 'System', id: 0 }, data: { message: 'from the app', name: 'App' } },
      ],
    )
    const ids = async (id: number, query = ''): Promise<number[]> =>
      (await history(channel, id, query)).body.messages.map((message: { id: number }) => message.id)
    assert.deepEqual(await ids(7), [1, 2, 3, 4])
    assert.deepEqual(await ids(8), [1, 3, 4])
    const page = (await history(channel, 8, '?limit=2')).body
    assert.deepEqual([page.messages.map(({ id }: { id: number }) => id), page.before], [[3, 4], 3])
    assert.deepEqual(await ids(8, '?limit=2&before=3'), [1])
    for (const query of ['?limit=0', '?limit=201', '?before=0', '?before=x']) {
      assert.equal((await history(channel, 8, query)).status, 400, query)
    }
  })

  test('what was answered is there after a restart', async () => {
    await using folder = await temporaryFolder()
    {
      await using first = await LaravelHouse.open({ folder: folder.path })
      const ana = await first.dial(7, 'Ana', 'chat:')
      ana.says({ message: 'kept' })
      assert.equal(await ana.next(), sended)
    }
    await using second = await LaravelHouse.open({ folder: folder.path })
    const token = await second.token({ id: 7, name: 'Ana', channel: 'chat:' })
    const response = await fetch(`${second.url}/api/laravel/messages`, {
      headers: { Authorization: `Bearer ${token}` },
    })
    const { messages } = (await response.json()) as { messages: { data: unknown }[] }
    assert.deepEqual(
      messages.map(({ data }) => data),
      [{ message: 'kept' }],
    )
  })
})

test('a server that stops tells its clients to come back', async () => {
  const brief = await LaravelHouse.open()
  const ana = await brief.dial(7, 'Ana', 'chat:')
  ana.says({ message: 'last' })
  assert.equal(await ana.next(), sended)
  await brief[Symbol.asyncDispose]()
  assert.deepEqual(await ana.closed, { code: 1001, reason: 'the server restarts, come back' })
})

describe('other kinds', () => {
  test('a tweet goes through as it is, and is not kept', async () => {
    const channel = newChannel('tweet')
    const [ana, bo] = await Promise.all([house.dial(7, 'Ana', channel), house.dial(9, 'Bo', channel)])
    const tweet = { id: 3, content: '짹', created_at: '2026-01-02T03:04:05.000000Z', user: { id: 7, name: 'Ana' } }
    ana.says({ tweet, other: 1 })
    const frame = `{"type":"message","sender":{"name":"Ana","id":7},"data":{"tweet":${JSON.stringify(tweet)}}}`
    assert.deepEqual([await ana.next(), await ana.next(), await bo.next()], [sended, frame, frame])
    assert.deepEqual((await history(channel, 7)).body, { channel, messages: [], before: null })
  })

  test('progress, and kinds that nobody set, take words from the application alone', async () => {
    const info = { type: 'sample_job_progress', title: 't', detail: { cursor: 1, total: 100 } }
    for (const [kind, data, out] of [
      ['progress', { info, other: 1 }, { info }],
      ['unheard-of', { anything: { at: 'all' }, info }, { anything: { at: 'all' }, info }],
      ['constructor', { anything: 1 }, { anything: 1 }],
      ['__proto__', { anything: 1 }, { anything: 1 }],
    ] as const) {
      const channel = newChannel(kind)
      const ana = await house.dial(7, 'Ana', channel)
      ana.says(data)
      const refusal = JSON.parse(await ana.next())
      assert.deepEqual(refusal, { type: 'error', ok: false, message: 'only the application sends in this channel' })
      assert.deepEqual(await (await house.publish({ channel, data })).json(), { ok: true })
      assert.equal(
        await ana.next(),
        `{"type":"message","sender":{"name":"System","id":0},"data":${JSON.stringify(out)}}`,
      )
    }
  })

  test('a kind of the app’s own: who comes and goes, and what data holds', async () => {
    const channel = newChannel('lounge')
    const user = (name: string, id: number) => ({ user: { name, id } })
    const told = (type: string, name: string, id: number): string =>
      JSON.stringify({ type, sender: { name: 'System', id: 0 }, data: user(name, id) })
    const ana = await house.dial(7, 'Ana', channel)
    assert.equal(await ana.next(), '{"type":"connected","users":[{"id":7,"name":"Ana"}]}')
    assert.equal(await ana.next(), told('connectOther', 'Ana', 7))
    const bo = await house.dial(9, 'Bo', channel)
    const list = await bo.next()
    const alone = '{"type":"connected","users":[{"id":9,"name":"Bo"}]}'
    // Of who is at another node it may hear right after the list instead.
    const after = nodeCount > 1 && list === alone ? [told('connectOther', 'Ana', 7)] : []
    if (after.length === 0)
      assert.equal(list, '{"type":"connected","users":[{"id":7,"name":"Ana"},{"id":9,"name":"Bo"}]}')
    assert.equal(await ana.next(), told('connectOther', 'Bo', 9))
    const comings = [await bo.next(), ...(after.length > 0 ? [await bo.next()] : [])]
    assert.deepEqual(comings.toSorted(), [...after, told('connectOther', 'Bo', 9)])
    const second = await house.dial(9, 'Bo', channel)
    await second.leave()
    bo.says({ mood: 'fine', name: 'x', message: 'hi' })
    assert.deepEqual([await bo.next(), JSON.parse(await bo.next()).data], [sended, { message: 'hi', mood: 'fine' }])
    assert.match(await ana.next(), /"mood":"fine"/, 'a second tab that came and went was no news')
    await bo.leave()
    assert.equal(await ana.next(), told('disconnectOther', 'Bo', 9))
  })
})

describe('bad input', () => {
  test('a token that is not good: accepted, closed with 4401 and the reason, and nothing said before', async () => {
    const good = { id: 7, name: 'Ana', channel: 'chat:' }
    const tokens: [string, RegExp][] = [
      ['', /no token/],
      ['?token=', /not valid/],
      ['?token=x.y.z', /not valid/],
      [`?token=${'x'.repeat(5000)}`, /too long/],
      [`?token=${await house.token(good, 'shop', '-1s')}`, /expired/],
      [`?token=${(await house.token(good)).slice(0, -3)}abc`, /not valid/],
      [`?token=${await house.token({ ...good, id: '7' })}`, /no id/],
      [`?token=${await house.token({ ...good, id: 7.5 })}`, /no id/],
      [`?token=${await house.token({ ...good, name: null })}`, /no name/],
      [`?token=${await house.token({ id: 7, name: 'Ana' })}`, /no channel/],
      [`?token=${await house.token({ ...good, channel: 'c'.repeat(201) })}`, /no channel/],
    ]
    for (const [query, reason] of tokens) {
      const client = await JwtClient.dial(`${house.wsUrl}/${query}`)
      const { code, reason: said } = await client.closed
      assert.equal(code, 4401)
      assert.match(said, reason)
      assert.deepEqual(client.drain(), [])
    }
  })

  test('other paths are not this wire’s', async () => {
    const token = await house.token({ id: 7, name: 'Ana', channel: 'chat:' })
    await assert.rejects(JwtClient.dial(`${house.wsUrl}/x?token=${token}`), /404/)
  })

  test('a frame that is no JSON is passed over; other JSON is answered with an error; the connection lives', async () => {
    const ana = await house.dial(7, 'Ana', newChannel())
    for (const text of ['', 'hello', '{', '\u0000']) ana.send(text)
    const wrong = [
      '{}',
      '[]',
      'null',
      '1',
      '"data"',
      '{"data":null}',
      '{"data":[]}',
      '{"data":"x"}',
      '{"__proto__":{"data":{}}}',
    ]
    for (const text of wrong) ana.send(text)
    for (const text of wrong) {
      assert.equal(await ana.next(), '{"type":"error","ok":false,"message":"a frame is {\\"data\\":{…}}"}', text)
    }
    ana.send(`{"data":{"message":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`)
    assert.match(await ana.next(), /"error".*too deeply/)
    ana.says({ message: 'x'.repeat(10_001) })
    assert.match(await ana.next(), /"error".*10000 characters/)
    ana.says({ message: 'still here' })
    assert.equal(await ana.next(), sended)
  })

  test('two applications never hear each other, whatever the names', async () => {
    const channel = newChannel()
    const [shop, blog] = await Promise.all([house.dial(7, 'Ana', channel), house.dial(7, 'Ana', channel, 'blog')])
    shop.says({ message: 'in the shop' })
    await shop.hears('in the shop')
    blog.says({ message: 'in the blog' })
    assert.equal(await blog.next(), sended)
    assert.match(await blog.next(), /in the blog/)
    const token = await house.token({ id: 7, name: 'Ana', channel }, 'blog')
    const response = await fetch(`${house.url}/api/laravel/messages`, { headers: { Authorization: `Bearer ${token}` } })
    const { messages } = (await response.json()) as { messages: { data: unknown }[] }
    assert.deepEqual(
      messages.map(({ data }) => data),
      [{ message: 'in the blog' }],
    )
  })

  test('who floods is told so, and closed at last', async () => {
    await using strict = await LaravelHouse.open({ env: { MESSAGE_BURST: '3', FRAME_BURST: '20' } })
    const ana = await strict.dial(7, 'Ana', 'chat:')
    for (let count = 0; count < 10; count++) ana.says({ message: `m${count}` })
    assert.match(await ana.hears('"error"'), /slow down/)
    for (let count = 0; count < 30; count++) ana.says({ message: `m${count}` })
    assert.deepEqual(await ana.closed, { code: 1013, reason: 'too many frames, slow down' })
    const tweets = await strict.dial(8, 'Bo', 'tweet:')
    for (let count = 0; count < 5; count++) tweets.says({ tweet: count })
    assert.match(await tweets.hears('"error"'), /slow down/)
  })
})
