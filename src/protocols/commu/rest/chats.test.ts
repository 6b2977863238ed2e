import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommuRest, type Reply, type Someone } from '../../../../test/support/commu-rest.ts'

const at = '2022-12-11T16:13:24.957Z'

async function square(rest: CommuRest): Promise<{ ana: Someone; bo: Someone; id: string; communityId: string }> {
  const { ana, bo } = await rest.people('ana', 'bo')
  const communityId = await rest.community(ana, bo)
  return { ana, bo, communityId, id: await rest.channel(communityId, ana) }
}

function page(rest: CommuRest, id: string, as: Someone, query = ''): Promise<Reply> {
  return rest.ask('GET', `/api/channels/${id}/chat${query}`, { as })
}

async function idsOn(rest: CommuRest, id: string, as: Someone, query: string): Promise<unknown> {
  const { status, result } = await page(rest, id, as, query)
  if (status !== 200) return status
  const ids = result.chat.map((chat: { id: number }) => chat.id)
  const { prev, next } = result
  return [
    ids[0],
    ids.at(-1),
    ids.length,
    ...(prev === undefined ? [] : ['prev', prev]),
    ...(next === undefined ? [] : ['next', next]),
  ]
}

describe('chats', () => {
  test('one that was written is shown as the clients know it', async () => {
    await using rest = await CommuRest.open()
    const { ana, id, communityId } = await square(rest)
    const body = { type: 'TEXT', content: '안녕\u0007 <b>', senderId: 'dropped', id: 7 }
    const { status, json } = await rest.ask('POST', `/api/channels/${id}/chat`, { as: ana, body })
    assert.equal(status, 201)
    assert.deepEqual(json, {
      statusCode: 200,
      result: {
        id: 1,
        type: 'TEXT',
        content: '안녕\u0007 <b>',
        senderId: ana.id,
        createdAt: at,
        updatedAt: at,
        channelId: id,
        communityId,
      },
    })
    const image = await rest.ask('POST', `/api/channels/${id}/chat`, {
      as: ana,
      body: { type: 'IMAGE', content: 'https://img.example/1.png' },
    })
    assert.partialDeepStrictEqual(image.result, { id: 2, type: 'IMAGE', content: 'https://img.example/1.png' })
  })

  test('one needs a known type and words, not too many', async () => {
    await using rest = await CommuRest.open()
    const { ana, id } = await square(rest)
    const write = (body: object) => rest.ask('POST', `/api/channels/${id}/chat`, { as: ana, body })
    const wrong = await write({})
    assert.deepEqual(wrong.json.message, [
      'type must be one of the following values: TEXT, IMAGE, SYSTEM',
      'content must be a string',
    ])
    for (const body of [
      { type: 'text', content: 'x' },
      { type: 'TEXT', content: '' },
      { type: 'TEXT', content: 7 },
      { type: 'TEXT', content: { $gt: '' } },
      { type: 'TEXT', content: 'x'.repeat(2001) },
      { type: 'constructor', content: 'x' },
    ])
      assert.equal((await write(body)).status, 400, JSON.stringify(body).slice(0, 60))
    assert.equal((await write({ type: 'TEXT', content: 'x'.repeat(2000) })).status, 201)
    assert.equal((await rest.said(id, ana)).length, 2)
  })

  test('pages have a hundred ids each, and their number is the cursor', async () => {
    await using rest = await CommuRest.open()
    const { ana, id } = await square(rest)
    assert.deepEqual(await idsOn(rest, id, ana, '?prev=-1'), [0, 0, 1])
    for (let i = 1; i < 250; i++) await rest.say(id, ana, `word ${i}`)
    assert.deepEqual(await idsOn(rest, id, ana, '?prev=-1'), [200, 249, 50, 'prev', 1])
    assert.deepEqual(await idsOn(rest, id, ana, ''), [200, 249, 50, 'prev', 1])
    assert.deepEqual(await idsOn(rest, id, ana, '?next=-1'), [200, 249, 50, 'prev', 1])
    assert.deepEqual(await idsOn(rest, id, ana, '?prev=1'), [100, 199, 100, 'prev', 0])
    assert.deepEqual(await idsOn(rest, id, ana, '?prev=0'), [0, 99, 100])
    assert.deepEqual(await idsOn(rest, id, ana, '?next=0'), [0, 99, 100, 'next', 1])
    assert.deepEqual(await idsOn(rest, id, ana, '?next=1'), [100, 199, 100, 'next', 2])
    assert.deepEqual(await idsOn(rest, id, ana, '?next=2'), [200, 249, 50])
    assert.deepEqual(await idsOn(rest, id, ana, '?prev=1&next=2'), [100, 199, 100, 'prev', 0])
    assert.deepEqual(await idsOn(rest, id, ana, '?prev=99'), [undefined, undefined, 0, 'prev', 2])
    assert.deepEqual(await idsOn(rest, id, ana, '?next=99'), [undefined, undefined, 0])
    for (const query of ['?prev=x', '?prev=-2', '?prev=1.5', '?prev=1&prev=2', '?prev=99999999999', '?next='])
      assert.equal(await idsOn(rest, id, ana, query), 400, query)
    for (let i = 250; i < 300; i++) await rest.say(id, ana)
    assert.deepEqual(
      await idsOn(rest, id, ana, '?prev=-1'),
      [200, 299, 100, 'prev', 1],
      'a full page is still the last',
    )
    for (const chat of [210, 299]) await rest.ask('DELETE', `/api/channels/${id}/chats/${chat}`, { as: ana })
    assert.deepEqual(await idsOn(rest, id, ana, '?prev=-1'), [200, 298, 98, 'prev', 1])
    assert.deepEqual(await idsOn(rest, id, ana, '?prev=1'), [100, 199, 100, 'prev', 0])
  })

  test('beyond a hundred they are edited and deleted like the others, and the real one comes back', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, id, communityId } = await square(rest)
    for (let i = 1; i < 152; i++) await rest.say(id, bo, `word ${i}`)
    for (const chat of [1, 99, 100, 101, 151]) {
      rest.pass(1000)
      const edited = await rest.ask('PATCH', `/api/channels/${id}/chats/${chat}`, { as: bo, body: { content: 'new' } })
      assert.equal(edited.status, 200)
      const { updatedAt } = edited.result
      assert.ok(updatedAt > at)
      const shown = { id: chat, type: 'TEXT', content: 'new', senderId: bo.id, createdAt: at, updatedAt }
      assert.deepEqual(edited.result, { ...shown, channelId: id, communityId })
      rest.pass(1000)
      const deleted = await rest.ask('DELETE', `/api/channels/${id}/chats/${chat}`, { as: ana })
      assert.equal(deleted.status, 200)
      const { deletedAt } = deleted.result
      assert.ok(deletedAt > updatedAt)
      const gone = { ...shown, updatedAt: deletedAt, deletedAt, channelId: id, communityId }
      assert.deepEqual(deleted.result, gone)
      const again = await rest.ask('DELETE', `/api/channels/${id}/chats/${chat}`, { as: ana })
      assert.deepEqual(again.json, { statusCode: 400, message: '채팅이 존재하지 않습니다.', error: 'Bad Request' })
    }
    assert.equal((await rest.said(id, ana)).includes('new'), false)
  })

  test('what isn’t there or isn’t one’s own is refused in the contract’s words', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, id } = await square(rest)
    const mine = await rest.say(id, ana)
    const edit = (chat: unknown, as: Someone) =>
      rest.ask('PATCH', `/api/channels/${id}/chats/${chat}`, { as, body: { content: 'x' } })
    assert.equal((await edit(mine, bo)).json.message, '자신이 보낸 채팅만 수정할 수 있습니다.')
    const deleted = await rest.ask('DELETE', `/api/channels/${id}/chats/${mine}`, { as: bo })
    assert.equal(deleted.json.message, '채팅을 삭제할 수 없습니다.')
    assert.equal((await edit(0, ana)).json.message, '자신이 보낸 채팅만 수정할 수 있습니다.')
    for (const chat of [2, -1, 'x', '1.5', '1e0', '4294967295', '99999999999999999999', '%00', '__proto__'])
      assert.equal((await edit(chat, ana)).json.message, '채팅이 존재하지 않습니다.', String(chat))
    assert.deepEqual((await rest.said(id, ana)).slice(1), ['hello'])
  })
})

describe('what is unread', () => {
  const unread = async (rest: CommuRest, id: string, as: Someone): Promise<[number, boolean]> => {
    const { result } = await rest.ask('GET', `/api/channels/${id}/unread-chat`, { as })
    const { communities } = (await rest.ask('GET', '/api/communities', { as })).result
    const channels = communities.flatMap(({ channels: of }: { channels: object[] }) => of)
    const found = channels.find(({ _id }: { _id: string }) => _id === id)
    return [result.unreadChatId, found?.existUnreadChat]
  }
  const read = (rest: CommuRest, id: string, as: Someone) =>
    rest.ask('PATCH', `/api/channels/${id}/lastRead`, { as, body: {} })

  test('is what others wrote since one looked', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, id } = await square(rest)
    assert.deepEqual(await unread(rest, id, bo), [-1, false], 'words of the house wait for nobody')
    await rest.say(id, ana)
    await rest.say(id, ana)
    assert.deepEqual(await unread(rest, id, bo), [1, true])
    assert.deepEqual(await unread(rest, id, ana), [-1, false])
    const marked = await read(rest, id, bo)
    assert.deepEqual(marked.json, { statusCode: 200, result: { message: 'Last Read 업데이트 성공' } })
    assert.deepEqual(await unread(rest, id, bo), [-1, false])
    await rest.say(id, ana)
    assert.deepEqual(await unread(rest, id, bo), [3, true])
    await rest.ask('DELETE', `/api/channels/${id}/chats/3`, { as: ana })
    assert.equal((await unread(rest, id, bo))[0], -1)
  })

  test('is nothing of what was there before one came', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, id, communityId } = await square(rest)
    const cy = await rest.person('cy')
    for (let i = 0; i < 130; i++) {
      await rest.say(id, i % 3 === 0 ? ana : bo)
      rest.pass(10)
    }
    await rest.inviteTo(communityId, ana, cy)
    assert.deepEqual(await unread(rest, id, cy), [-1, false])
    rest.pass(10)
    await rest.say(id, cy)
    await rest.say(id, bo)
    rest.pass(10)
    assert.deepEqual(await unread(rest, id, cy), [132, true])
    await read(rest, id, cy)
    assert.deepEqual(await unread(rest, id, cy), [-1, false])
    await rest.say(id, ana)
    assert.deepEqual(await unread(rest, id, cy), [133, true])
  })

  test('passes over one’s own, many as they are', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, id } = await square(rest)
    for (let i = 0; i < 205; i++) await rest.say(id, bo)
    await rest.say(id, ana)
    assert.deepEqual(await unread(rest, id, bo), [206, true])
  })

  test('who is in no channel has nothing unread there', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, id } = await square(rest)
    await rest.ask('DELETE', `/api/channels/${id}/me`, { as: bo })
    await rest.say(id, ana)
    const { result } = await rest.ask('GET', `/api/channels/${id}/unread-chat`, { as: bo })
    assert.deepEqual(result, { unreadChatId: -1 })
    assert.equal((await read(rest, id, bo)).status, 400)
  })
})
