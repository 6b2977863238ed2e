import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apps, PintalkRest } from '../../../../test/support/pintalk-rest.ts'

const path = '/api/chat/chatrooms'

describe('messages of a room', () => {
  test('newest first, as they were sent', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const { id } = await rest.room(mina)
    const get = async (more = '') =>
      (await rest.ask('GET', `${path}/${id}/chat-messages${more}`, { as: mina.token })).json
    assert.deepEqual(await get('/'), { count: 0, next: null, previous: null, results: [] })
    await rest.write(mina, id, 'guest', '안녕하세요', '2023-03-23T08:15:07')
    await rest.write(mina, id, 'host', '네, 안녕하세요', '2023-03-23T08:15:07.123')
    await rest.write(mina, id, 'guest', 'from another wire')
    assert.deepEqual((await get()).results, [
      { id: 3, chatroom: id, message: 'from another wire', isHost: false, datetime: '2023-03-23T12:22:12.000' },
      { id: 2, chatroom: id, message: '네, 안녕하세요', isHost: true, datetime: '2023-03-23T08:15:07.123' },
      { id: 1, chatroom: id, message: '안녕하세요', isHost: false, datetime: '2023-03-23T08:15:07' },
    ])
  })

  test('by limit and offset', async () => {
    await using rest = await PintalkRest.open({ publicUrl: 'https://chat.example' })
    const mina = await rest.host('mina')
    const { id } = await rest.room(mina)
    for (let count = 1; count <= 45; count++) await rest.write(mina, id, 'guest', `message ${count}`)
    const get = async (query: string) => {
      const { status, json } = await rest.ask('GET', `${path}/${id}/chat-messages/${query}`, { as: mina.token })
      assert.equal(status, 200)
      return { ...json, ids: json.results.map((message: { id: number }) => message.id) }
    }
    const address = `https://chat.example${path}/${id}/chat-messages/`
    const range = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => from - index)
    const first = await get('')
    assert.deepEqual([first.count, first.ids], [45, range(45, 26)])
    assert.deepEqual([first.next, first.previous], [`${address}?limit=20&offset=20`, null])
    const second = await get('?limit=20&offset=20')
    assert.deepEqual(
      [second.ids, second.next, second.previous],
      [range(25, 6), `${address}?limit=20&offset=40`, `${address}?limit=20`],
    )
    const last = await get('?limit=20&offset=40')
    assert.deepEqual([last.ids, last.next], [range(5, 1), null])
    assert.deepEqual((await get('?limit=3&offset=1')).ids, [44, 43, 42])
    assert.deepEqual((await get('?limit=5&offset=44')).ids, [1])
    assert.deepEqual((await get('?offset=45')).ids, [])
    assert.deepEqual((await get('?offset=1000000')).ids, [])
    assert.equal((await get('?limit=1000000')).ids.length, 45)
    for (const query of [
      '?limit=x&offset=y',
      '?limit=0&offset=-1',
      '?limit=1e9',
      '?limit=20&limit=1',
      '?limit=&offset=',
    ]) {
      assert.deepEqual((await get(query)).ids, range(45, 26), query)
    }
  })

  test('what was cleared away is not counted', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const { id } = await rest.room(mina)
    for (let count = 1; count <= 30; count++) await rest.write(mina, id, 'guest', 'old')
    const session = { app: apps[0]!.app, user: mina.user, origin: null }
    await rest.shared.chat.execute(session, { type: 'close', roomId: id, farewell: null })
    assert.equal(await rest.store.rooms.clear(mina.user.appId, id, rest.shared.now()), true)
    const get = async () => (await rest.ask('GET', `${path}/${id}/chat-messages/?limit=2`, { as: mina.token })).json
    assert.deepEqual(await get(), { count: 0, next: null, previous: null, results: [] })
    await rest.shared.chat.execute(session, { type: 'reopen', roomId: id })
    for (let count = 1; count <= 3; count++) await rest.write(mina, id, 'guest', 'new')
    const { count, results } = await get()
    assert.deepEqual([count, results.map((message: { id: number }) => message.id)], [3, [33, 32]])
  })
})

describe('the transcript', () => {
  test('is a file of lines', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const { id, guest } = await rest.room(mina)
    await rest.write(mina, id, 'guest', '안녕하세요', '2023-03-23T08:15:07')
    await rest.write(mina, id, 'host', '네', '2023-03-23T08:15:09.500')
    const { status, headers, text } = await rest.ask('GET', `${path}/${id}/download/`, { as: mina.token })
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/octet-stream')
    const name = encodeURIComponent(`${guest}_2023-03-23_12-22-12.txt`)
    assert.ok(headers['content-disposition']?.startsWith('attachment; filename="'))
    assert.ok(headers['content-disposition']?.endsWith(`; filename*=UTF-8''${name}`), headers['content-disposition'])
    assert.equal(text, `[2023-03-23T08:15:07 ${guest}] 안녕하세요\n[2023-03-23T08:15:09.500 mina] 네\n`)
  })

  test('whole, over many pages; empty for an empty room', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const { id } = await rest.room(mina)
    const get = async () => (await rest.ask('GET', `${path}/${id}/download`, { as: mina.token })).text
    assert.equal(await get(), '')
    await Promise.all(Array.from({ length: 1201 }, (_, index) => rest.write(mina, id, 'guest', `m${index + 1}`)))
    const lines = (await get()).trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => line.split('] ')[1]),
      Array.from({ length: 1201 }, (_, index) => `m${index + 1}`),
    )
  })

  test('nobody writes another’s lines', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const { id, guest } = await rest.room(mina)
    const forged = '[2023-03-23T09:00:00 mina] I owe you a million'
    for (const end of ['\n', '\r\n', '\r', '\u2028', '\u0085', '\v'])
      await rest.write(mina, id, 'guest', `hi${end}${forged}`)
    const { text } = await rest.ask('GET', `${path}/${id}/download/`, { as: mina.token })
    const lines = text.trimEnd().split(/\r\n|[\n\r\u2028\u2029\u0085\v\f]/)
    assert.equal(lines.length, 12)
    for (const line of lines) assert.ok(line.includes(` ${guest}] hi`) || line === `    ${forged}`, line)
  })
})
