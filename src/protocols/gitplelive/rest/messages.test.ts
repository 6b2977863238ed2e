import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GitpleliveRest, keysOf, startedAt } from '../../../../test/support/gitplelive-rest.ts'

const team = '/group/channels/team'

async function setUp(): Promise<GitpleliveRest> {
  const rest = await GitpleliveRest.open()
  await rest.users('ana', 'bo', 'cy')
  await rest.channel('team', 'ana', 'bo')
  return rest
}

const code = ({ json, status }: { json: { code: number } | null; status: number }): number => json?.code ?? status

describe('messages', () => {
  test('are sent, and answered as the tutorial shows it', async () => {
    await using rest = await setUp()
    const { status, json } = await rest.platform('POST', `${team}/messages`, {
      user_id: 'ana',
      content: '안녕하세요',
      meta: {},
    })
    assert.equal(status, 201)
    const user = { user_id: 'ana', name: 'ana', created_at: startedAt, updated_at: startedAt }
    assert.equal(
      JSON.stringify(json),
      JSON.stringify({
        user,
        type: 'text',
        content: '안녕하세요',
        created_at: startedAt,
        updated_at: startedAt,
        message_id: 1,
        channel_id: 'team',
      }),
    )
    const second = await rest.say('team', 'bo', 'hi', { type: 'text', meta: { a: 1 } })
    assert.deepEqual([second.json.message_id, second.json.meta], [2, { a: 1 }])
    const own = await rest.as('ana', 'POST', `${team}/messages`, { content: 'mine' })
    assert.deepEqual([own.status, own.json.user.user_id], [201, 'ana'])
    assert.equal((await rest.as('ana', 'POST', `${team}/messages`, { user_id: 'ana', content: 'x' })).status, 201)
    assert.equal(code(await rest.as('ana', 'POST', `${team}/messages`, { user_id: 'bo', content: 'x' })), 3001)
    assert.equal((await rest.platform('GET', team)).json.total_message_count, 4)
  })

  test('what is wrong is told', async () => {
    await using rest = await setUp()
    const good = { user_id: 'ana', content: 'x' }
    const cases: [object, number, RegExp][] = [
      [{ ...good, user_id: undefined }, 1001, /^user_id: /],
      [{ ...good, user_id: 'zoe' }, 1004, /zoe/],
      [{ ...good, user_id: 'cy' }, 1008, /member/],
      [{ ...good, content: undefined }, 1001, /^content: /],
      [{ ...good, content: '' }, 1001, /^content: /],
      [{ ...good, content: 'x'.repeat(10_001) }, 1001, /^content: .*10000/],
      [{ ...good, type: 'file' }, 1001, /^type: /],
      [{ ...good, meta: { a: [] } }, 1001, /^meta/],
      [{ ...good, meta: Object.fromEntries(Array.from('abcdefghijk', (key) => [key, 'x'])) }, 1014, /^meta/],
      [{ ...good, client_key: 'x'.repeat(101) }, 1001, /^client_key: /],
    ]
    for (const [body, expected, message] of cases) {
      const { json } = await rest.platform('POST', `${team}/messages`, body)
      assert.equal(json.code, expected, JSON.stringify(body).slice(0, 100))
      assert.match(json.message, message)
    }
    assert.equal(code(await rest.platform('POST', '/group/channels/nowhere/messages', good)), 1003)
    assert.equal((await rest.say('team', 'ana', 'x'.repeat(10_000))).status, 201)
  })

  test('a key makes a retry harmless, also two at once', async () => {
    await using rest = await setUp()
    const send = (key: string, userId = 'ana', content = 'once') =>
      rest.platform('POST', `${team}/messages`, { user_id: userId, content }, { 'Idempotency-Key': key })
    const [one, other] = await Promise.all([send('k1'), send('k1')])
    assert.deepEqual([one.status, other.status, other.json], [201, 201, one.json])
    const later = await send('k1', 'ana', 'something else')
    assert.deepEqual([later.status, later.json], [201, one.json])
    assert.equal((await send('k1', 'bo')).json.message_id, 2)
    assert.equal((await send('k2')).json.message_id, 3)
    const body = { content: 'x', client_key: 'k2' }
    assert.equal((await rest.as('ana', 'POST', `${team}/messages`, body)).json.message_id, 3)
    assert.equal((await rest.platform('GET', team)).json.total_message_count, 3)
    const posted = rest.deliveries.filter(({ event }) => event.type === 'message_posted')
    assert.equal(posted.length, 3)
    for (const key of ['', 'x'.repeat(101)]) {
      const { json } = await send(key)
      assert.deepEqual([json.code, json.message], [1001, 'Idempotency-Key: 1 to 100 characters'])
    }
  })

  test('are listed from the newest back, or next to one', async () => {
    await using rest = await setUp()
    for (let number = 1; number <= 20; number++) await rest.say('team', number % 2 ? 'ana' : 'bo', `word ${number}`)
    await rest.platform('DELETE', `${team}/messages/19`)
    const list = async (query: string): Promise<number[]> => {
      const { json } = await rest.platform('GET', `${team}/messages?${query}`)
      return json.messages.map((one: { message_id: number }) => one.message_id)
    }
    assert.deepEqual(await list(''), [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20])
    assert.deepEqual(await list('limit=3'), [17, 18, 20])
    assert.deepEqual(await list('limit=3&base_message_id=17'), [14, 15, 16])
    assert.deepEqual(await list('limit=3&base_message_id=17&mode=prev'), [14, 15, 16])
    assert.deepEqual(await list('limit=3&base_message_id=17&mode=next'), [18, 20])
    assert.deepEqual(await list('limit=3&mode=next'), [1, 2, 3])
    assert.deepEqual(await list('base_message_id=1'), [])
    assert.deepEqual(await list('base_message_id=4294967295&limit=1'), [20])
    assert.deepEqual(await list('content=word%201&limit=2'), [17, 18])
    assert.deepEqual(await list('content=word%201&limit=2&mode=next'), [1, 10])
    assert.deepEqual(await list('type=text&limit=2'), [18, 20])
    assert.deepEqual(await list('type=file'), [])
    for (const query of ['limit=0', 'limit=101', 'mode=both', 'type=image', 'base_message_id=-1', 'base_message_id=x'])
      assert.equal(code(await rest.platform('GET', `${team}/messages?${query}`)), 1001, query)
    const { messages } = (await rest.as('bo', 'GET', `${team}/messages?limit=1`)).json
    assert.equal(messages[0].user.user_id, 'bo')
    assert.equal(code(await rest.as('cy', 'GET', `${team}/messages`)), 1003)
  })

  test('files are found among very many words', async () => {
    await using rest = await setUp()
    const { directory, apps } = rest.shared
    const room = (await directory.room(apps[0]!.app.id, 'team'))!
    const post = { type: 'post', sender: null, body: 'x', detail: '', audience: 'all', meta: null } as const
    const append = (index: number) => {
      const messageType = index % 700 === 0 ? ('file' as const) : ('text' as const)
      const detail = messageType === 'file' ? '{"id":"x","type":"t","name":"n","path":"/p","size":1}' : ''
      return rest.store.append(room.appId, room.id, () => [{ ...post, messageType, detail }], {
        actorId: null,
        origin: null,
      }).durable
    }
    await Promise.all(Array.from({ length: 2100 }, (_, index) => append(index + 1)))
    const list = async (query: string): Promise<number[]> => {
      const { json } = await rest.platform('GET', `${team}/messages?${query}`)
      return json.messages.map((one: { message_id: number }) => one.message_id)
    }
    assert.deepEqual(await list('type=file'), [700, 1400, 2100])
    assert.deepEqual(await list('type=file&limit=1'), [2100])
    assert.deepEqual(await list('type=file&limit=1&mode=next'), [700])
    assert.deepEqual(await list('type=file&base_message_id=1400&mode=next'), [2100])
    assert.deepEqual(await list('type=file&base_message_id=1400'), [700])
  })

  test('are changed by who wrote them', async () => {
    await using rest = await setUp()
    await rest.say('team', 'ana', 'before', { meta: { a: 1 } })
    rest.pass(5)
    const { json } = await rest.as('ana', 'PUT', `${team}/messages/1`, { content: 'after' })
    assert.deepEqual([json.content, json.meta, json.updated_at], ['after', { a: 1 }, startedAt + 5])
    assert.deepEqual((await rest.platform('PUT', `${team}/messages/1`, { meta: { b: 2 } })).json.meta, { b: 2 })
    assert.equal(code(await rest.as('bo', 'PUT', `${team}/messages/1`, { content: 'x' })), 3001)
    assert.equal(code(await rest.as('bo', 'PUT', `${team}/messages/1/meta`, { meta: { x: 1 } })), 3001)
    assert.equal(code(await rest.platform('PUT', `${team}/messages/2`, { content: 'x' })), 1005)
    assert.equal(code(await rest.platform('PUT', `${team}/messages/1`, { content: '' })), 1001)
    for (const id of ['0', 'x', '-1', '1.5', '99999999999999999999'])
      assert.equal(code(await rest.platform('PUT', `${team}/messages/${id}`, { content: 'x' })), 1001, id)
    const set = (key: string) => rest.platform('PUT', `${team}/messages/1/meta`, { meta: { [key]: 'x' } })
    await Promise.all(['c', 'd', 'e'].map(set))
    const merged = (await rest.platform('DELETE', `${team}/messages/1/meta`, { keys: ['b'] })).json
    assert.deepEqual([merged.content, merged.meta], ['after', { c: 'x', d: 'x', e: 'x' }])
    assert.equal('meta' in (await rest.as('ana', 'DELETE', `${team}/messages/1/meta`)).json, false)
  })

  test('are deleted by who wrote them and by managers', async () => {
    await using rest = await setUp()
    for (const words of ['one', 'two', 'three']) await rest.say('team', 'ana', words)
    const gone = await rest.as('ana', 'DELETE', `${team}/messages/1`)
    assert.deepEqual([gone.status, gone.json.content, gone.json.message_id], [200, 'one', 1])
    assert.equal(code(await rest.platform('DELETE', `${team}/messages/1`)), 1005)
    assert.equal(code(await rest.as('bo', 'DELETE', `${team}/messages/2`)), 3001)
    await rest.platform('POST', `${team}/managers`, { manager: 'bo' })
    assert.equal(code(await rest.as('bo', 'DELETE', `${team}/messages/2`)), 200)
    assert.equal(code(await rest.platform('DELETE', `${team}/messages/3`)), 200)
    assert.deepEqual((await rest.platform('GET', `${team}/messages`)).json, { messages: [] })
    assert.equal('last_message' in (await rest.platform('GET', `${team}?show_last_message=true`)).json, false)
    assert.equal((await rest.say('team', 'ana', 'four')).json.message_id, 4)
  })

  test('are sent only so often by one user, whatever the app’s servers send in its name', async () => {
    await using rest = await GitpleliveRest.open({ bursts: { chat: 2 } })
    await rest.users('ana')
    await rest.channel('team', 'ana')
    for (const words of ['1', '2', '3']) assert.equal((await rest.say('team', 'ana', words)).status, 201)
    await rest.platform('PUT', `${team}/messages/read`, { user_id: 'ana' })
    const send = () => rest.as('ana', 'POST', `${team}/messages`, { content: 'hello' })
    assert.deepEqual([code(await send()), code(await send()), code(await send())], [201, 201, 9001])
    assert.equal((await rest.say('team', 'ana', '4')).status, 201)
    assert.equal(code(await rest.platform('PUT', `${team}/leave`, { member: 'ana' })), 200)
  })

  test('are found by part of their words, as they are written', async () => {
    await using rest = await setUp()
    for (const words of ['100% SURE', '1000 sure', 'a_b', 'axb', 'ÉTÉ', '안녕하세요'])
      await rest.say('team', 'ana', words)
    const found = async (part: string) => {
      const { json } = await rest.as('bo', 'GET', `${team}/messages?content=${encodeURIComponent(part)}`)
      return json.messages.map(({ content }: { content: string }) => content)
    }
    assert.deepEqual(await found('0% s'), ['100% SURE'])
    assert.deepEqual(await found('a_b'), ['a_b'])
    assert.deepEqual(await found('été'), ['ÉTÉ'])
    assert.deepEqual(await found('녕하'), ['안녕하세요'])
    assert.deepEqual(
      (await rest.as('bo', 'GET', `${team}/messages?content=sure&limit=1`)).json.messages[0].message_id,
      2,
    )
    const next = `${team}/messages?content=sure&limit=1&mode=next&base_message_id=1`
    assert.equal((await rest.as('bo', 'GET', next)).json.messages[0].message_id, 2)
  })

  test('are looked for in time that grows with them alone', async () => {
    await using rest = await setUp()
    for (let count = 0; count < 300; count++) await rest.say('team', 'ana', 'a'.repeat(10_000))
    const started = performance.now()
    const { json } = await rest.as('bo', 'GET', `${team}/messages?content=${'a'.repeat(199)}b`)
    assert.deepEqual(json, { messages: [] })
    // A LIKE took 1.1 s.
    assert.ok(performance.now() - started < 500)
  })
})

describe('receipts', () => {
  const receipts = async (rest: GitpleliveRest) => {
    const query = 'show_unread=true&show_read_receipt=true&show_delivery_receipt=true'
    const { json } = await rest.platform('GET', `${team}?${query}`)
    return { unread: json.unread, read: json.read_receipt, delivered: json.delivery_receipt }
  }

  test('sending, reading and receiving', async () => {
    await using rest = await setUp()
    assert.deepEqual(await receipts(rest), { unread: { ana: 0, bo: 0 }, read: {}, delivered: {} })
    await rest.say('team', 'ana', 'one')
    await rest.say('team', 'ana', 'two')
    const at = rest.now
    assert.deepEqual(await receipts(rest), { unread: { ana: 0, bo: 2 }, read: { ana: at }, delivered: { ana: at } })
    rest.pass(10)
    const delivered = await rest.platform('PUT', `${team}/messages/delivered`, { user_id: 'bo' })
    assert.deepEqual([delivered.status, delivered.text], [200, '{}'])
    assert.deepEqual((await receipts(rest)).delivered, { ana: at, bo: at + 10 })
    rest.pass(10)
    const read = await rest.as('bo', 'PUT', `${team}/messages/read`)
    assert.deepEqual([read.status, read.text], [200, '{}'])
    assert.deepEqual(await receipts(rest), {
      unread: { ana: 0, bo: 0 },
      read: { ana: at, bo: at + 20 },
      delivered: { ana: at, bo: at + 10 },
    })
    const marks = rest.deliveries.map(({ event }) => event.type).filter((type) => type.endsWith('_marked'))
    assert.deepEqual(marks, ['delivered_marked', 'read_marked'])
  })

  test('what was deleted is not unread', async () => {
    await using rest = await setUp()
    await rest.say('team', 'ana', 'one')
    await rest.platform('DELETE', `${team}/messages/1`)
    assert.deepEqual((await receipts(rest)).unread, { ana: 0, bo: 0 })
  })

  test('are of members', async () => {
    await using rest = await setUp()
    assert.equal(code(await rest.platform('PUT', `${team}/messages/read`, { user_id: 'cy' })), 1008)
    assert.equal(code(await rest.platform('PUT', `${team}/messages/read`, {})), 1001)
    assert.equal(code(await rest.platform('PUT', `${team}/messages/delivered`, { user_id: 'zoe' })), 1004)
    assert.equal(code(await rest.as('cy', 'PUT', `${team}/messages/read`)), 1003)
    assert.equal(code(await rest.as('ana', 'PUT', `${team}/messages/read`, { user_id: 'bo' })), 3001)
  })
})

describe('profanity', () => {
  test('is masked; managers and the app’s servers see what it was', async () => {
    await using rest = await setUp()
    await rest.platform('POST', `${team}/managers`, { manager: 'bo' })
    const sent = await rest.as('ana', 'POST', `${team}/messages`, { content: '이 바보, DARN it', meta: { a: 1 } })
    assert.equal(sent.json.content, '이 **, **** it')
    assert.deepEqual(sent.json.filter, { type: ['profanity'] })
    const filter = { origin_content: '이 바보, DARN it', type: ['profanity'] }
    const [forServers] = (await rest.platform('GET', `${team}/messages`)).json.messages
    assert.deepEqual([forServers.filter, forServers.meta], [filter, { a: 1 }])
    assert.deepEqual((await rest.as('bo', 'GET', `${team}/messages`)).json.messages[0].filter, filter)
    const [forOthers] = (await rest.as('ana', 'GET', `${team}/messages`)).json.messages
    assert.deepEqual([forOthers.content, forOthers.filter], ['이 **, **** it', { type: ['profanity'] }])
    for (const { event } of rest.deliveries)
      if (event.type === 'message_posted') assert.equal(event.message.body, '이 **, **** it')
    const cleaned = await rest.platform('PUT', `${team}/messages/1`, { content: 'sorry' })
    assert.equal('filter' in cleaned.json, false)
    const dirty = await rest.platform('PUT', `${team}/messages/1`, { content: '바보야' })
    assert.deepEqual([dirty.json.content, dirty.json.filter.origin_content], ['**야', '바보야'])
    const kept = await rest.platform('PUT', `${team}/messages/1`, { meta: {} })
    assert.deepEqual([kept.json.content, kept.json.filter.origin_content], ['**야', '바보야'])
    assert.equal((await rest.say('team', 'ana', 'hello')).json.filter, undefined)
  })

  test('the longest message keeps what it was', async () => {
    await using rest = await setUp()
    const content = '"바보'.repeat(3333)
    const { json } = await rest.say('team', 'ana', content)
    assert.deepEqual([json.content, json.filter.origin_content], ['"**'.repeat(3333), content])
  })

  test('is refused where the app wants that', async () => {
    await using rest = await setUp()
    const headers = keysOf(1)
    await rest.ask('POST', '/users', { headers, body: { user_id: 'ana', name: 'Ana' } })
    const channel = { channel_id: 'class', name: 'Class', members: ['ana'] }
    await rest.ask('POST', '/group/channels', { headers, body: channel })
    const send = (content: string) =>
      rest.ask('POST', '/group/channels/class/messages', { headers, body: { user_id: 'ana', content } })
    assert.equal(code(await send('darn')), 1020)
    // The other app's words are no business of this one.
    assert.equal((await send('바보')).json.content, '바보')
  })
})
