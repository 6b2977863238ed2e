import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommuRest, type Reply, type Someone } from '../../../../test/support/commu-rest.ts'

/**
 * Who may do what in a community, cell by cell, each in a new one. The mayor manages the community and the keeper the
 * channel; author, member, keeper and mayor are in it. A neighbour is in the community but not in the channel, the stranger
 * in neither, and the alien is another app's.
 */
interface Town {
  readonly communityId: string
  readonly channelId: string
  /** A chat of the author's. */
  readonly chatId: number
}

const names = ['author', 'member', 'keeper', 'mayor', 'neighbour', 'stranger'] as const
type Name = (typeof names)[number] | 'alien' | 'nobody'
type People = Record<Exclude<Name, 'nobody'>, Someone>

type Action = (rest: CommuRest, as: Someone | undefined, town: Town, people: People) => Promise<Reply>

const channel = ({ channelId }: Town): string => `/api/channels/${channelId}`
const community = ({ communityId }: Town): string => `/api/communities/${communityId}`
const chat = (town: Town): string => `${channel(town)}/chats/${town.chatId}`
const asked = (as: Someone | undefined, body?: object) => ({ ...(as && { as }), ...(body && { body }) })

const actions: Readonly<Record<string, Action>> = {
  'see channel': (rest, as, town) => rest.ask('GET', channel(town), asked(as)),
  read: (rest, as, town) => rest.ask('GET', `${channel(town)}/chat?prev=-1`, asked(as)),
  unread: (rest, as, town) => rest.ask('GET', `${channel(town)}/unread-chat`, asked(as)),
  'mark read': (rest, as, town) => rest.ask('PATCH', `${channel(town)}/lastRead`, asked(as, {})),
  write: (rest, as, town) => rest.ask('POST', `${channel(town)}/chat`, asked(as, { type: 'TEXT', content: 'x' })),
  edit: (rest, as, town) => rest.ask('PATCH', chat(town), asked(as, { content: 'x' })),
  delete: (rest, as, town) => rest.ask('DELETE', chat(town), asked(as)),
  join: (rest, as, town) => rest.ask('POST', channel(town), asked(as, { community_id: town.communityId })),
  'invite near': (rest, as, town, { neighbour }) =>
    rest.ask('POST', `${channel(town)}/users`, asked(as, { users: [neighbour.id] })),
  'invite far': (rest, as, town, { stranger }) =>
    rest.ask('POST', `${channel(town)}/users`, asked(as, { users: [stranger.id] })),
  'invite alien': (rest, as, town, { alien }) =>
    rest.ask('POST', `${channel(town)}/users`, asked(as, { users: [alien.id] })),
  rename: (rest, as, town) => rest.ask('PATCH', `${channel(town)}/settings`, asked(as, { name: 'Other' })),
  'hand over': (rest, as, town, { member }) =>
    rest.ask('PATCH', `${channel(town)}/settings`, asked(as, { managerId: member.id })),
  'to stranger': (rest, as, town, { stranger }) =>
    rest.ask('PATCH', `${channel(town)}/settings`, asked(as, { managerId: stranger.id })),
  leave: (rest, as, town) => rest.ask('DELETE', `${channel(town)}/me`, asked(as)),
  close: (rest, as, town) => rest.ask('DELETE', channel(town), asked(as)),
  'make channel': (rest, as, { communityId }) =>
    rest.ask('POST', '/api/channel', asked(as, { communityId, name: 'New', type: 'Channel', isPrivate: false })),
  'see town': (rest, as, town) => rest.ask('GET', `${community(town)}/users`, asked(as)),
  'invite to town': (rest, as, town, { stranger }) =>
    rest.ask('POST', `${community(town)}/users`, asked(as, { users: [stranger.id] })),
  'alien to town': (rest, as, town, { alien }) =>
    rest.ask('POST', `${community(town)}/users`, asked(as, { users: [alien.id] })),
  'rename town': (rest, as, town) => rest.ask('PATCH', `${community(town)}/settings`, asked(as, { name: 'Other' })),
  'hand town over': (rest, as, town, { member }) =>
    rest.ask('PATCH', `${community(town)}/settings`, asked(as, { managerId: member.id })),
  'leave town': (rest, as, town) => rest.ask('DELETE', `${community(town)}/me`, asked(as)),
  'close town': (rest, as, town) => rest.ask('DELETE', community(town), asked(as)),
}

const tables = {
  public: `
                author  member  keeper  mayor   neighbour stranger  alien   nobody
see channel     200     200     200     200     200       400       400     401
read            200     200     200     200     200       400       400     401
unread          200     200     200     200     200       400       400     401
mark read       200     200     200     200     400       400       400     401
write           201     201     201     201     400       400       400     401
edit            200     400     400     400     400       400       400     401
delete          200     400     200     200     400       400       400     401
join            201     201     201     201     201       400       400     401
invite near     201     201     201     201     400       400       400     401
invite far      400     400     400     400     400       400       400     401
invite alien    400     400     400     400     400       400       400     401
rename          401     401     200     401     401       401       401     401
hand over       401     401     200     401     401       401       401     401
to stranger     400     400     400     400     400       401       401     401
leave           200     200     400     200     400       400       400     401
close           400     400     200     400     400       400       400     401
make channel    201     201     201     201     201       400       400     401
see town        200     200     200     200     200       400       400     401
invite to town  201     201     201     201     201       400       400     401
alien to town   400     400     400     400     400       400       400     401
rename town     400     400     400     200     400       400       400     401
hand town over  400     400     400     200     400       400       400     401
leave town      200     200     200     400     200       400       400     401
close town      400     400     400     200     400       400       400     401`,
  private: `
                author  member  keeper  mayor   neighbour stranger  alien   nobody
see channel     200     200     200     200     400       400       400     401
read            200     200     200     200     400       400       400     401
unread          200     200     200     200     400       400       400     401
mark read       200     200     200     200     400       400       400     401
write           201     201     201     201     400       400       400     401
edit            200     400     400     400     400       400       400     401
delete          200     400     200     200     400       400       400     401
join            201     201     201     201     400       400       400     401
invite near     201     201     201     201     400       400       400     401
rename          401     401     200     401     401       401       401     401
hand over       401     401     200     401     401       401       401     401
leave           200     200     400     200     400       400       400     401
close           400     400     200     400     400       400       400     401`,
}

async function settle(rest: CommuRest, people: People, isPrivate: boolean): Promise<Town> {
  const { author, member, keeper, mayor, neighbour } = people
  const communityId = await rest.community(mayor, author, member, keeper, neighbour)
  const channelId = await rest.channel(communityId, keeper, isPrivate)
  if (isPrivate) {
    const body = { users: [author.id, member.id, mayor.id] }
    await rest.ask('POST', `/api/channels/${channelId}/users`, { as: keeper, body })
  } else {
    await rest.ask('DELETE', `/api/channels/${channelId}/me`, { as: neighbour })
  }
  return { communityId, channelId, chatId: await rest.say(channelId, author) }
}

for (const [kind, table] of Object.entries(tables)) {
  describe(`around a ${kind} channel`, () => {
    const [head = '', ...rows] = table.split('\n').slice(1)
    const columns = head.trim().split(/\s+/) as Name[]
    for (const row of rows) {
      const action = row.slice(0, 16).trim()
      test(`who may ${action}`, async () => {
        await using rest = await CommuRest.open()
        const people = { ...(await rest.people(...names)), alien: await rest.person('alien', 1) }
        const wanted = row.slice(16).trim().split(/\s+/).map(Number)
        const found: [Name, number][] = []
        for (const name of columns) {
          const town = await settle(rest, people, kind === 'private')
          const act = actions[action]!
          const reply = await act(rest, name === 'nobody' ? undefined : people[name], town, people)
          found.push([name, reply.status])
          if (reply.status < 400) assert.equal(reply.json.statusCode, 200)
          else assert.deepEqual([reply.json.statusCode, reply.result], [reply.status, undefined])
        }
        assert.deepEqual(
          found,
          columns.map((name, index) => [name, wanted[index]]),
        )
      })
    }
  })
}

test('the community’s manager deletes in a private channel that he can’t read', async () => {
  await using rest = await CommuRest.open()
  const { mayor, keeper, neighbour } = await rest.people('mayor', 'keeper', 'neighbour')
  const channelId = await rest.channel(await rest.community(mayor, keeper, neighbour), keeper, true)
  const address = `/api/channels/${channelId}/chats/${await rest.say(channelId, keeper)}`
  assert.equal((await rest.ask('GET', `/api/channels/${channelId}/chat`, { as: mayor })).status, 400)
  assert.equal((await rest.ask('DELETE', address, { as: neighbour })).status, 400)
  assert.equal((await rest.ask('DELETE', address, { as: mayor })).status, 200)
})

test('somebody else’s, one that was deleted and none at all answer alike', async () => {
  await using rest = await CommuRest.open()
  const { mayor, keeper, stranger } = await rest.people('mayor', 'keeper', 'stranger')
  const communityId = await rest.community(mayor, keeper)
  const [hidden, closed] = [await rest.channel(communityId, mayor, true), await rest.channel(communityId, mayor)]
  await rest.ask('DELETE', `/api/channels/${closed}`, { as: mayor })
  const { ids } = rest.shared.apps[0]!
  const never = ids.channel(999_999 as never)
  const addresses = (id: string) => [
    ['GET', `/api/channels/${id}`],
    ['POST', `/api/channels/${id}`],
    ['GET', `/api/channels/${id}/chat`],
    ['DELETE', `/api/channels/${id}/chats/0`],
    ['PATCH', `/api/channels/${id}/settings`],
    ['DELETE', `/api/channels/${id}/me`],
    ['DELETE', `/api/channels/${id}`],
  ]
  for (const [index, [method]] of addresses('').entries()) {
    const replies = await Promise.all(
      [hidden, closed, never, communityId, 'f'.repeat(24), 'x'].map(async (id) => {
        const { status, json } = await rest.ask(method as 'GET', addresses(id)[index]![1]!, { as: keeper })
        return { status, json }
      }),
    )
    for (const reply of replies) assert.deepEqual(reply, replies[0])
  }
  const towns = await Promise.all(
    [communityId, ids.community(999_999 as never), hidden, 'x'].map(async (id) => {
      const { status, json } = await rest.ask('GET', `/api/communities/${id}/users`, { as: stranger })
      return { status, json }
    }),
  )
  for (const town of towns) assert.deepEqual(town, towns[0])
})

test('who is blocked reads and leaves, and does nothing that others see', async () => {
  await using rest = await CommuRest.open()
  const { mayor, keeper } = await rest.people('mayor', 'keeper')
  const communityId = await rest.community(mayor, keeper)
  const channelId = await rest.channel(communityId, mayor)
  const chatId = await rest.say(channelId, keeper)
  await rest.store.users.update('main' as never, keeper.user.id, { blocked: true })
  const town = { communityId, channelId, chatId }
  const people = { mayor, keeper } as unknown as People
  const statusOf = async (action: string) => (await actions[action]!(rest, keeper, town, people)).status
  for (const action of ['write', 'edit', 'delete', 'make channel']) assert.equal(await statusOf(action), 403, action)
  const made = await rest.ask('POST', '/api/community', { as: keeper, body: { name: 'Mine' } })
  assert.equal(made.status, 403)
  for (const action of ['see channel', 'read', 'mark read', 'leave', 'leave town'])
    assert.equal(await statusOf(action), 200, action)
})
