import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommuRest, type Reply, type Someone } from '../../../../test/support/commu-rest.ts'

const at = '2022-12-11T16:13:24.957Z'

// oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
async function townsOf(rest: CommuRest, as: Someone): Promise<any[]> {
  return (await rest.ask('GET', '/api/communities', { as })).result.communities
}

async function leave(rest: CommuRest, communityId: string, as: Someone): Promise<number> {
  return (await rest.ask('DELETE', `/api/communities/${communityId}/me`, { as })).status
}

async function managerOf(rest: CommuRest, channelId: string, as: Someone): Promise<string> {
  return (await rest.ask('GET', `/api/channels/${channelId}`, { as })).result.managerId
}

describe('communities', () => {
  test('a new one has no channels, and its maker manages it', async () => {
    await using rest = await CommuRest.open()
    const ana = await rest.person('ana')
    const made = await rest.ask('POST', '/api/community', {
      as: ana,
      body: { name: 'Town', description: 'a town', profileUrl: 'https://town.example/x.png', managerId: 'dropped' },
    })
    assert.equal(made.status, 201)
    assert.deepEqual(made.json, {
      statusCode: 200,
      result: {
        _id: made.result._id,
        name: 'Town',
        managerId: ana.id,
        profileUrl: 'https://town.example/x.png',
        description: 'a town',
        channels: [],
        createdAt: at,
        updatedAt: at,
      },
    })
    for (const name of ['x', 'x'.repeat(21), 7, null, undefined, ['town']]) {
      const refused = await rest.ask('POST', '/api/community', { as: ana, body: { name } })
      assert.equal(refused.status, 400, String(name))
      assert.ok(Array.isArray(refused.json.message))
    }
  })

  test('the list has both levels, the oldest first, and only what one is in', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, cy } = await rest.people('ana', 'bo', 'cy')
    const first = await rest.community(ana, bo)
    rest.pass(1000)
    const second = await rest.community(bo)
    const open = await rest.channel(first, ana)
    rest.pass(1000)
    const hidden = await rest.channel(first, ana, true)
    rest.pass(1000)
    await rest.say(open, ana)
    const [town, other] = await townsOf(rest, bo)
    assert.deepEqual([town._id, other._id], [first, second])
    assert.deepEqual(town.channels, [
      {
        _id: open,
        name: 'Square',
        communityId: first,
        managerId: ana.id,
        description: '',
        type: 'Channel',
        isPrivate: false,
        createdAt: '2022-12-11T16:13:25.957Z',
        updatedAt: '2022-12-11T16:13:27.957Z',
        users: [ana.id, bo.id],
        existUnreadChat: true,
      },
    ])
    assert.deepEqual(
      (await townsOf(rest, ana))[0].channels.map(({ _id }: { _id: string }) => _id),
      [open, hidden],
    )
    assert.deepEqual(await townsOf(rest, cy), [])
  })

  test('who comes later gets the public channels, and those made at the same time', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, cy } = await rest.people('ana', 'bo', 'cy')
    const town = await rest.community(ana, bo)
    const [open, hidden] = [await rest.channel(town, bo), await rest.channel(town, ana, true)]
    const [invited, made] = await Promise.all([rest.inviteTo(town, bo, cy), rest.channel(town, ana)])
    assert.deepEqual(invited.json, { statusCode: 200, result: { message: '커뮤니티 사용자 추가 완료' } })
    for (const id of [open, made]) assert.deepEqual(await rest.inside(id, ana), ['ana', 'bo', 'cy'])
    assert.deepEqual(await rest.inside(hidden, ana), ['ana'])
    const { result } = await rest.ask('GET', `/api/communities/${town}/users`, { as: cy })
    assert.deepEqual(
      result.users.map(({ _id }: { _id: string }) => _id),
      [ana.id, bo.id, cy.id],
    )
    assert.equal(result.users[0].password, undefined)
  })

  test('who is in already, unknown, or nobody can’t be added, and then none of them is', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, cy } = await rest.people('ana', 'bo', 'cy')
    const town = await rest.community(ana, bo)
    const { ids } = rest.shared.apps[0]!
    for (const users of [
      [cy.id, bo.id],
      [cy.id, ids.user(999 as never)],
      [cy.id, 'x'],
      [town],
      [],
      'x',
      undefined,
      [7],
    ]) {
      const { status, json } = await rest.ask('POST', `/api/communities/${town}/users`, { as: ana, body: { users } })
      assert.equal(status, 400, JSON.stringify(users))
      assert.equal(json.error, 'Bad Request')
    }
    assert.deepEqual(await townsOf(rest, cy), [])
  })

  test('there are never more than may be', async () => {
    await using rest = await CommuRest.open({ maxima: { communities: 1, channels: 1, members: 2 } })
    const { ana, bo, cy } = await rest.people('ana', 'bo', 'cy')
    const town = await rest.community(ana, bo)
    assert.equal((await rest.ask('POST', '/api/community', { as: ana, body: { name: 'More' } })).status, 400)
    assert.equal((await rest.inviteTo(town, ana, cy)).status, 400)
    const channel = await rest.channel(town, ana)
    assert.equal(await rest.channel(town, bo).catch(() => 'refused'), 'refused')
    await rest.ask('DELETE', `/api/channels/${channel}`, { as: ana })
    assert.ok(await rest.channel(town, bo), 'one that was deleted makes room')
  })

  test('places are given out at a pace', async () => {
    await using rest = await CommuRest.open({ maxima: { members: 500 }, bursts: { places: 3 } })
    const [ana, bo] = [await rest.person('ana'), await rest.person('bo')]
    const crowd = await Promise.all(Array.from({ length: 150 }, (_, index) => rest.person(`p${index}`)))
    const town = await rest.community(ana, bo)
    await rest.channel(town, ana)
    assert.equal((await rest.inviteTo(town, ana, ...crowd.slice(0, 149))).status, 201, 'two hundred and ninety-eight')
    const more = await rest.ask('POST', '/api/channel', {
      as: ana,
      body: { communityId: town, name: 'More', type: 'Channel', isPrivate: false },
    })
    assert.equal(more.status, 201, 'a hundred and fifty-one')
    assert.equal((await rest.inviteTo(town, ana, crowd[149]!)).status, 201)
    const others = await Promise.all(Array.from({ length: 40 }, (_, index) => rest.person(`q${index}`)))
    const refused = await rest.inviteTo(town, ana, ...others)
    assert.equal(refused.status, 429)
    assert.equal((await rest.inviteTo(town, bo, ...others)).status, 201, 'another has given out none')
  })

  test('large lists count as several requests', async () => {
    await using rest = await CommuRest.open({ maxima: { members: 500 }, bursts: { reads: 5 } })
    const ana = await rest.person('ana')
    const crowd = await Promise.all(Array.from({ length: 299 }, (_, index) => rest.person(`p${index}`)))
    const town = await rest.community(ana, ...crowd)
    const list = async () => (await rest.ask('GET', `/api/communities/${town}/users`, { as: crowd[0]! })).status
    assert.deepEqual([await list(), await list()], [200, 429], 'one and three more')
  })

  test('long lists leave others their turn', async () => {
    await using rest = await CommuRest.open({ maxima: { members: 1000 } })
    const ana = await rest.person('ana')
    const crowd = await Promise.all(Array.from({ length: 999 }, (_, index) => rest.person(`p${index}`)))
    const town = await rest.community(ana, ...crowd)
    for (let count = 0; count < 30; count++) await rest.channel(town, ana, true)
    assert.ok((await turnsDuring(rest.ask('GET', `/api/communities/${town}/users`, { as: ana }))) >= 10)
    assert.ok((await turnsDuring(rest.ask('GET', '/api/communities', { as: ana }))) >= 30)
  })

  test('the manager changes what it says, and hands it over', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, cy } = await rest.people('ana', 'bo', 'cy')
    const town = await rest.community(ana, bo)
    const change = (as: Someone, body: object) => rest.ask('PATCH', `/api/communities/${town}/settings`, { as, body })
    const changed = await change(ana, { name: 'City', description: 'big', more: 1 })
    assert.deepEqual(changed.json, { statusCode: 200, result: { message: '커뮤니티 정보 수정 완료' } })
    assert.equal((await change(ana, { profileUrl: 'p' })).status, 200)
    const half = await change(ana, { name: 'Half', managerId: cy.id })
    assert.equal(half.status, 400)
    assert.equal((await change(ana, { managerId: 'x' })).status, 400)
    assert.partialDeepStrictEqual((await townsOf(rest, bo))[0], {
      name: 'City',
      description: 'big',
      profileUrl: 'p',
      managerId: ana.id,
    })
    assert.equal((await change(ana, { name: 'Given', managerId: bo.id })).status, 200)
    assert.partialDeepStrictEqual((await townsOf(rest, ana))[0], { name: 'Given', managerId: bo.id })
    assert.equal((await change(ana, { name: 'Mine' })).status, 400)
    assert.equal((await change(bo, { name: 'Mine' })).status, 200)
  })

  test('a deleted one is gone for everybody, with its channels, and kept', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo } = await rest.people('ana', 'bo')
    const town = await rest.community(ana, bo)
    const channel = await rest.channel(town, bo)
    await rest.say(channel, bo)
    const gone = await rest.ask('DELETE', `/api/communities/${town}`, { as: ana })
    assert.deepEqual(gone.json, { statusCode: 200, result: { message: '커뮤니티 삭제 성공' } })
    for (const person of [ana, bo]) {
      assert.deepEqual(await townsOf(rest, person), [])
      assert.equal((await rest.ask('GET', `/api/channels/${channel}`, { as: person })).status, 400)
      assert.equal((await rest.ask('GET', `/api/communities/${town}/users`, { as: person })).status, 400)
    }
    const room = await rest.store.rooms.byId('main' as never, rest.roomOf(channel))
    assert.deepEqual([room?.state, room?.lastId], ['closed', 2])
  })
})

/** How often the event loop went round. */
async function turnsDuring(asked: Promise<Reply>): Promise<number> {
  let turns = 0
  let isDone = false
  const turn = (): void => {
    turns++
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  assert.equal((await asked).status, 200)
  isDone = true
  return turns
}

describe('leaving a community', () => {
  test('one leaves its channels too', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo } = await rest.people('ana', 'bo')
    const town = await rest.community(ana, bo)
    const channel = await rest.channel(town, ana)
    const left = await rest.ask('DELETE', `/api/communities/${town}/me`, { as: bo })
    assert.deepEqual(left.json, { statusCode: 200, result: { message: '사용자 커뮤니티 탈퇴 성공' } })
    assert.deepEqual(await rest.inside(channel, ana), ['ana'])
    assert.deepEqual(await townsOf(rest, bo), [])
    assert.equal((await rest.inviteTo(town, ana, bo)).status, 201)
    assert.deepEqual(await rest.inside(channel, ana), ['ana', 'bo'])
  })

  test('what one managed goes to the community’s manager, else to the eldest, else it is closed', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo, cy, di } = await rest.people('ana', 'bo', 'cy', 'di')
    const town = await rest.community(ana, bo)
    rest.pass(1)
    await rest.inviteTo(town, ana, cy)
    rest.pass(1)
    await rest.inviteTo(town, ana, di)
    const [toManager, toEldest] = [await rest.channel(town, bo), await rest.channel(town, bo, true)]
    const alone = await rest.channel(town, bo, true)
    const add = (who: Someone) =>
      rest.ask('POST', `/api/channels/${toEldest}/users`, { as: bo, body: { users: [who.id] } })
    await add(di)
    rest.pass(1)
    await add(cy)
    assert.equal(await leave(rest, town, bo), 200)
    assert.equal(await managerOf(rest, toManager, cy), ana.id)
    assert.equal(await managerOf(rest, toEldest, cy), di.id)
    assert.deepEqual(await rest.inside(toEldest, cy), ['cy', 'di'])
    const room = await rest.store.rooms.withMembers('main' as never, rest.roomOf(alone))
    assert.deepEqual([room?.room.state, room?.members.size], ['closed', 0])
  })

  test('the manager stays while others are there, and is the last to go', async () => {
    await using rest = await CommuRest.open()
    const { ana, bo } = await rest.people('ana', 'bo')
    const town = await rest.community(ana, bo)
    const channel = await rest.channel(town, ana)
    const refused = await rest.ask('DELETE', `/api/communities/${town}/me`, { as: ana })
    assert.deepEqual(refused.json, {
      statusCode: 400,
      message: '관리자를 변경하고 커뮤니티를 퇴장하십시오!',
      error: 'Bad Request',
    })
    assert.deepEqual(await rest.inside(channel, ana), ['ana', 'bo'], 'no channel was left')
    assert.equal(await leave(rest, town, bo), 200)
    assert.equal(await leave(rest, town, ana), 200)
    assert.deepEqual(await townsOf(rest, ana), [])
    const room = await rest.store.rooms.byId('main' as never, rest.roomOf(channel))
    assert.equal(room?.state, 'closed')
  })
})
