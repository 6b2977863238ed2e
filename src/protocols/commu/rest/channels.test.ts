import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommuRest, type Reply, type Someone } from '../../../../test/support/commu-rest.ts'

const hex = /^[0-9a-f]{24}$/
const at = '2022-12-11T16:13:24.957Z'

function settings(rest: CommuRest, channelId: string, as: Someone, body: object): Promise<Reply> {
  return rest.ask('PATCH', `/api/channels/${channelId}/settings`, { as, body })
}

describe('channels', () => {
  test('a new one is shown without its members, and opens with words of the house', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo } = await rest.people('ana', 'bo')
    const communityId = await rest.community(ana, bo)
    const words = { name: 'general', type: 'Channel', isPrivate: false, profileUrl: 'dropped', description: 'd' }
    const made = await rest.ask('POST', '/api/channel', { as: ana, body: { communityId, ...words } })
    assert.equal(made.status, 201)
    assert.deepEqual(made.json, {
      statusCode: 200,
      result: {
        _id: made.result._id,
        name: 'general',
        communityId,
        managerId: ana.id,
        description: 'd',
        type: 'Channel',
        isPrivate: false,
        createdAt: at,
        updatedAt: at,
      },
    })
    assert.match(made.result._id, hex)
    const { result } = await rest.ask('GET', `/api/channels/${made.result._id}/chat?prev=-1`, { as: bo })
    assert.deepEqual(result, {
      chat: [
        {
          id: 0,
          type: 'SYSTEM',
          content: 'ana님이 이 채널을 2022년 12월 12일 오전 1:13에 생성했습니다.',
          senderId: '639045fc61d68253e03c50da',
          createdAt: at,
          updatedAt: at,
        },
      ],
    })
    assert.deepEqual(await rest.inside(made.result._id, bo), ['ana', 'bo'])
  })

  test('a new one needs a community, a name, a type and whether it is private', async () => {
    await using rest = await CommuRest.open()
    const ana = await rest.person('ana')
    const communityId = await rest.community(ana)
    const good = { communityId, name: 'general', type: 'Channel', isPrivate: true }
    const wrong = await rest.ask('POST', '/api/channel', { as: ana, body: {} })
    assert.deepEqual(wrong.json.message, [
      'name must be longer than or equal to 2 characters',
      'name must be a string',
      'type must be longer than or equal to 1 characters',
      'type must be a string',
      'isPrivate must be a boolean value',
    ])
    for (const more of [{ name: 'x' }, { isPrivate: 1 }, { communityId: 'x' }, { communityId: null }, { type: 7 }])
      assert.equal((await rest.ask('POST', '/api/channel', { as: ana, body: { ...good, ...more } })).status, 400)
    assert.equal((await rest.ask('POST', '/api/channel', { as: ana, body: good })).status, 201)
  })

  test('one shows its members as people', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo } = await rest.people('ana', 'bo')
    const id = await rest.channel(await rest.community(ana, bo), ana)
    const { status, result } = await rest.ask('GET', `/api/channels/${id}`, { as: bo })
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(result), [
      '_id',
      'name',
      'communityId',
      'managerId',
      'description',
      'type',
      'isPrivate',
      'createdAt',
      'updatedAt',
      'users',
    ])
    assert.deepEqual(result.users[1], {
      _id: bo.id,
      id: 'bo@mail.example',
      nickname: 'bo',
      status: 'OFFLINE',
      profileUrl: 'url',
      description: '안녕하세요.',
      createdAt: at,
      updatedAt: at,
    })
  })

  test('a private one is its maker’s and those’s whom members invite', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, cy } = await rest.people('ana', 'bo', 'cy')
    const communityId = await rest.community(ana, bo, cy)
    const id = await rest.channel(communityId, ana, true)
    assert.deepEqual(await rest.inside(id, ana), ['ana'])
    assert.equal((await rest.ask('POST', `/api/channels/${id}`, { as: bo })).status, 400)
    const body = { community_id: communityId, users: [bo.id, ana.id] }
    const invited = await rest.ask('POST', `/api/channels/${id}/users`, { as: ana, body })
    assert.equal(invited.status, 201)
    assert.partialDeepStrictEqual(invited.result, {
      _id: id,
      isPrivate: true,
      users: [ana.id, bo.id],
      existUnreadChat: false,
    })
    assert.deepEqual(await rest.inside(id, bo), ['ana', 'bo'])
    const { deliveries } = rest
    const joined = deliveries.filter(({ event }) => event.type === 'member_joined' && event.userId === bo.user.id)
    assert.equal(joined.length, 2, 'once into the community, once into the channel')
  })

  test('a public one is joined by oneself, again and again', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo } = await rest.people('ana', 'bo')
    const communityId = await rest.community(ana, bo)
    const id = await rest.channel(communityId, ana)
    const left = await rest.ask('DELETE', `/api/channels/${id}/me`, { as: bo })
    assert.deepEqual(left.json, { statusCode: 200, result: { message: '채널 퇴장 성공!' } })
    assert.deepEqual(await rest.inside(id, ana), ['ana'])
    for (let i = 0; i < 2; i++) {
      const joined = await rest.ask('POST', `/api/channels/${id}`, { as: bo, body: { community_id: communityId } })
      assert.equal(joined.status, 201)
      assert.partialDeepStrictEqual(joined.result, { _id: id, users: [ana.id, bo.id], lastRead: false })
    }
  })

  test('the community that is named besides has to be its own', async () => {
    await using rest = await CommuRest.open()
    const ana = await rest.person('ana')
    const [town, other] = [await rest.community(ana), await rest.community(ana)]
    const id = await rest.channel(town, ana)
    for (const community_id of [other, id, 'x', 7]) {
      const read = await rest.ask('PATCH', `/api/channels/${id}/lastRead`, { as: ana, body: { community_id } })
      assert.equal(read.status, 400)
    }
  })

  test('the manager changes what it says; only the text "true" makes it private', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, cy } = await rest.people('ana', 'bo', 'cy')
    const id = await rest.channel(await rest.community(ana, bo, cy), ana)
    const see = async () => (await rest.ask('GET', `/api/channels/${id}`, { as: ana })).result
    const changed = await settings(rest, id, ana, { name: 'Other', description: 'new', type: 'dropped' })
    assert.deepEqual(changed.json, { statusCode: 200, result: { message: '채널 수정 성공!' } })
    assert.partialDeepStrictEqual(await see(), { name: 'Other', description: 'new', type: 'Channel', isPrivate: false })
    for (const [isPrivate, becomes] of [
      ['true', true],
      [undefined, true],
      [true, false],
      ['true', true],
      ['yes', false],
    ] as const) {
      await settings(rest, id, ana, { isPrivate })
      assert.equal((await see()).isPrivate, becomes, JSON.stringify(isPrivate))
    }
    const refused = await settings(rest, id, bo, { name: 'Mine' })
    assert.deepEqual(refused.json, { statusCode: 401, message: '채널 관리자가 아닙니다.', error: 'Unauthorized' })
    assert.equal((await settings(rest, id, ana, { name: 'x' })).status, 400)
    await rest.ask('DELETE', `/api/channels/${id}/me`, { as: cy })
    assert.equal((await settings(rest, id, ana, { name: 'Half', managerId: cy.id })).status, 400)
    assert.equal((await see()).name, 'Other')
    for (const managerId of [{ toString: 1 }, [bo.id], 7, '__proto__', true]) {
      assert.equal((await settings(rest, id, ana, { managerId })).status, 400, JSON.stringify(managerId))
    }
    assert.deepEqual(rest.log.of('error'), [])
    assert.equal((await settings(rest, id, ana, { managerId: bo.id })).status, 200)
    assert.equal((await see()).managerId, bo.id)
  })

  test('the manager leaves last, and it closes', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo } = await rest.people('ana', 'bo')
    const id = await rest.channel(await rest.community(ana, bo), ana)
    const leave = (as: Someone) => rest.ask('DELETE', `/api/channels/${id}/me`, { as })
    const refused = await leave(ana)
    assert.equal(refused.status, 400)
    assert.equal(refused.json.message, '관리자를 변경하고 채널을 퇴장하십시오!')
    await settings(rest, id, ana, { managerId: bo.id })
    assert.equal((await leave(ana)).status, 200)
    assert.equal((await leave(bo)).status, 200)
    assert.equal((await rest.ask('GET', `/api/channels/${id}`, { as: bo })).status, 400)
    assert.equal((await rest.store.rooms.byId('main' as never, rest.roomOf(id)))?.state, 'closed')
  })

  test('a deleted one is gone, and what was written is kept', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo } = await rest.people('ana', 'bo')
    const communityId = await rest.community(ana, bo)
    const id = await rest.channel(communityId, bo)
    await rest.say(id, ana)
    const gone = await rest.ask('DELETE', `/api/channels/${id}`, { as: bo })
    assert.deepEqual(gone.json, { statusCode: 200, result: { message: '채널 삭제 성공' } })
    for (const as of [ana, bo]) {
      const { result } = await rest.ask('GET', '/api/communities', { as })
      assert.deepEqual(result.communities[0].channels, [])
      const write = { as, body: { type: 'TEXT', content: 'x' } }
      assert.equal((await rest.ask('POST', `/api/channels/${id}/chat`, write)).status, 400)
      assert.equal((await rest.ask('GET', `/api/channels/${id}/chat`, { as })).status, 400)
    }
    const kept = await rest.store.messages.page(rest.roomOf(id), { audience: 'all', limit: 9, keep: 'oldest' })
    assert.equal(kept.length, 2)
  })
})

test('two communities and two apps never see each other', async () => {
  await using rest = await CommuRest.open()
  const { ana, bo } = await rest.people('ana', 'bo')
  const alien = await rest.person('ana', 1)
  const towns = [await rest.community(ana), await rest.community(bo), await rest.community(alien)]
  const squares: string[] = []
  for (const [index, as] of [ana, bo, alien].entries()) squares.push(await rest.channel(towns[index]!, as))
  for (const [index, id] of squares.entries()) await rest.say(id, [ana, bo, alien][index]!, `word ${index}`)
  for (const [mine, as] of [ana, bo, alien].entries()) {
    const { result } = await rest.ask('GET', '/api/communities', { as })
    assert.deepEqual(
      result.communities.map(({ _id }: { _id: string }) => _id),
      [towns[mine]],
    )
    for (const [theirs, id] of squares.entries()) {
      const { status, json } = await rest.ask('GET', `/api/channels/${id}/chat`, { as })
      assert.equal(status, mine === theirs ? 200 : 400)
      assert.equal(JSON.stringify(json).includes('word'), mine === theirs)
    }
  }
  const found = await rest.ask('GET', '/api/users?search=ana', { as: alien })
  assert.deepEqual(
    found.result.users.map(({ _id }: { _id: string }) => _id),
    [alien.id],
  )
})
