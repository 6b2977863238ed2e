import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client } from '../../sdk/src/gitple-live.ts'
import { demoGitplelive, demoPassword, demoPintalk } from '../../src/demo.ts'
import { messageOf, Person } from '../support/cast.ts'
import { DemoNodes } from '../support/demo-nodes.ts'
import { GuestSocket } from '../support/guest-socket.ts'
import { Heard, next } from '../support/heard.ts'
import type { House } from '../support/house.ts'
import { Mailbox } from '../support/mailbox.ts'
import { RoundRobin } from '../support/round-robin.ts'
import { dials } from '../support/stomp-dials.ts'
import { TownSocket, type Chat } from '../support/town-socket.ts'
import type { Townsman } from '../support/town.ts'

/** Two nodes that serve together: who is at the one talks with who is at the other, by the clients' own libraries. */

let mailbox: Mailbox
let nodes: DemoNodes
const here = (): string => nodes.urls[0]
const there = (): string => nodes.urls[1]

before(async () => {
  mailbox = await Mailbox.open()
  nodes = await DemoNodes.start({ SMTP_URL: mailbox.url, MAIL_FROM: 'Demo <chat@demo.example>' })
})
after(async () => {
  await nodes[Symbol.asyncDispose]()
  await mailbox.close()
})

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

// oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
async function ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<any> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}

/** Looks until it is so: what one node knows, the other knows a moment later. */
async function soon(what: string, isSo: () => Promise<boolean>, withinMs = 1000): Promise<void> {
  const until = performance.now() + withinMs
  while (!(await isSo())) {
    assert.ok(performance.now() < until, `${what} within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('two that start at the same moment on an empty database make the demo app once', () => {
  assert.deepEqual(nodes.log.of('error'), [])
})

describe('cstalk', () => {
  const deskAt = (url: string): House => {
    const login = async (loginName: string): Promise<string> => {
      const body = { companyId: '1', loginName, password: demoPassword }
      return (await ask(`${url}/auth/login`, { method: 'POST', body })).token
    }
    return { sockjsUrl: `${url}/ws`, websocketUrl: `${url.replace('http', 'ws')}/ws/websocket`, login } as never
  }
  const asAgent = async (url: string, path: string, method: string, body: object): Promise<unknown> =>
    ask(url + path, {
      method,
      headers: { Authorization: `Bearer ${await deskAt(url).login('agent1' as never)}` },
      body,
    })

  test('a whole consultation between two nodes', async () => {
    const dial = dials['@stomp/stompjs 7 on a WebSocket']!
    const watcher = await Person.agent(deskAt(there()), dial, 'agent2' as never)
    watcher.enterLobby()
    const agent = await Person.agent(deskAt(here()), dial, 'agent1' as never)
    agent.enterLobby()
    await agent.unheard()
    const { person: customer, roomId } = await Person.customer(deskAt(there()), dial, 4711)
    customer.enter(roomId)
    await customer.hears('JOINED')
    await agent.hears('ONLINE')
    customer.says('MESSAGE', { messageType: 0, message: '안녕하세요', messageDetail: '' })
    await customer.hearsMessage('안녕하세요')
    for (const person of [agent, watcher]) await person.hears('RELOAD_READY')

    // Taken over REST at the other node than the one where it is entered.
    await asAgent(there(), `/api/room/${roomId}/matchRoom`, 'POST', {})
    agent.enter(roomId)
    await agent.hears('JOINED')
    agent.says('MESSAGE', { messageType: 0, message: '무엇을 도와드릴까요', messageDetail: '' })
    const said = await customer.hearsMessage('무엇을 도와드릴까요')
    assert.equal(messageOf(said)['noReadCount'], 1)
    const { id } = messageOf(said)
    customer.says('READ_MESSAGE', { startId: id, endId: id })
    await agent.hears('READ_MESSAGE', ({ data }) => data['endId'] === id)

    // The room that the agent joined last is known where it isn't.
    agent.says('MESSAGE', { messageType: 0, message: '실수', messageDetail: '' })
    const mistake = messageOf(await customer.hearsMessage('실수'))['id']
    await asAgent(there(), `/api/message/${mistake}`, 'DELETE', {})
    await customer.hears('DELETE_MESSAGE', ({ data }) => data['id'] === mistake)

    await customer.leave()
    await watcher.hears('OFFLINE')
    const back = await Person.customer(deskAt(here()), dial, 4711)
    back.person.enter(roomId)
    await watcher.hears('ONLINE')
    await asAgent(there(), `/api/room/${roomId}/closeRoom`, 'POST', {})
    await back.person.hears('END')
    await agent.hears('END')
    await Promise.all([agent, watcher, back.person].map((person) => person.leave()))
  })
})

describe('pintalk', () => {
  const origin = `http://${demoPintalk.serviceDomain}`
  const { accessKey, secretKey } = demoPintalk.keys
  const keys = { 'X-PinTalk-Access-Key': accessKey, 'X-PinTalk-Secret-Key': secretKey }

  const login = async (): Promise<string> => {
    const body = { email: demoPintalk.email, password: demoPassword }
    return (await ask(`${here()}/api/auth/login/`, { method: 'POST', body })).accessToken
  }
  const dial = (url: string, path: string, from?: string) => GuestSocket.dial(url.replace('http', 'ws') + path, from)

  test('a guest at one node, its host at the other', async () => {
    const token = await login()
    const { name } = await ask(`${here()}/api/chat/`, { method: 'POST', headers: keys, body: {} })
    const guest = await dial(there(), `/ws/chat/${name}/`, origin)
    await guest.page()
    guest.says('계세요?')
    await guest.hears('계세요?')
    const mail = await mailbox.next()
    assert.deepEqual(mail.recipients, [demoPintalk.email])

    const host = await dial(here(), `/ws/chat/${name}/?token=${token}`)
    assert.deepEqual(
      (await host.page()).map(({ message }) => message),
      ['계세요?'],
    )
    host.says('네, 있어요')
    await guest.hears('네, 있어요')
    guest.says('고맙습니다')
    await host.hears('고맙습니다')
    // Another node's host looks on: no mail, and none twice.
    assert.equal(mailbox.hasNext, false)
    host.send({ type: 'notice', is_host: true, message: 'close', datetime: '2023-03-23T12:22:12' })
    for (const socket of [guest, host])
      assert.deepEqual(await socket.closed, { code: 1000, reason: 'closed by the host' })
  })
})

describe('commu', () => {
  const settlers = new Map<string, Townsman>()
  let quarter: string

  const request = async <T>(
    who: string | null,
    method: string,
    path: string,
    body?: object,
    url = here(),
  ): Promise<T> => {
    const headers = who === null ? {} : { Authorization: settlers.get(who)!.token }
    return (await ask(url + path, { method, headers, ...(body && { body }) })).result as T
  }
  const newChannel = async (isPrivate = false): Promise<string> => {
    const words = { communityId: quarter, name: 'Square', type: 'Channel', isPrivate }
    return (await request<{ _id: string }>('ana', 'POST', '/api/channel', words))._id
  }
  const namespace = (url: string): string => `${url}/socket/commu-${quarter}`

  before(async () => {
    for (const nickname of ['ana', 'bo']) {
      const body = { id: `${nickname}@demo.test`, password: demoPassword }
      const { accessToken } = await request<{ accessToken: string }>(null, 'POST', '/api/user/auth/signin', body)
      settlers.set(nickname, { _id: '', nickname, token: `Bearer ${accessToken}` })
      const { _id } = await request<{ _id: string }>(nickname, 'GET', '/api/user/auth/me', undefined, there())
      settlers.set(nickname, { ...settlers.get(nickname)!, _id })
    }
    const { _id } = await request<{ _id: string }>('ana', 'POST', '/api/community', { name: 'Quarter' })
    await request('ana', 'POST', `/api/communities/${_id}/users`, { users: [settlers.get('bo')!._id] })
    quarter = _id
  })

  /** Loses its connection without a word. */
  const cutOff = async (client: TownSocket): Promise<void> => {
    client.socket.io.engine.close()
    await client.hears('disconnect')
  }

  test('a client that is lost comes back to another node, and again, and misses nothing', async () => {
    const [square, market] = [await newChannel(), await newChannel()]
    await using balancer = await RoundRobin.to(here())
    using writer = await TownSocket.open(namespace(there()), settlers.get('ana')!)
    await writer.join(square)
    using reader = await TownSocket.open(namespace(balancer.url), settlers.get('bo')!, { transports: ['websocket'] })
    await reader.join(square, market)
    const heard: string[] = []
    reader.socket.on('new-chat', ({ content }: Chat) => heard.push(content))
    await writer.say(square, 'first')
    await reader.hearsChat()
    const { id } = reader.socket
    const expected = ['first']
    for (const [round, url] of [there(), here(), there(), there()].entries()) {
      balancer.nodes = [url]
      await cutOff(reader)
      const secret = await newChannel(true)
      const missed = Array.from({ length: 20 }, (_, index) => `${round} ${index}`)
      for (const [index, content] of missed.entries()) await writer.say(index % 3 === 0 ? market : square, content)
      const invitation = { community_id: quarter, channel_id: secret, users: [settlers.get('bo')!._id] }
      await writer.ask('invite-users-to-channel', invitation)
      await writer.say(secret, `${round} welcome`)
      await reader.hears('connect')
      assert.equal(reader.socket.recovered, true)
      assert.equal(reader.socket.id, id)
      await reader.hears('invited-to-channel')
      await writer.say(secret, `${round} and on`)
      expected.push(...missed, `${round} welcome`, `${round} and on`)
      while (heard.at(-1) !== `${round} and on`) await reader.hearsChat()
    }
    assert.deepEqual(heard, expected)
  })

  test('who is taken out at one node hears no more at the other, and who leaves is not let in there', async () => {
    const channel = await newChannel()
    using writer = await TownSocket.open(namespace(here()), settlers.get('ana')!)
    using leaver = await TownSocket.open(namespace(there()), settlers.get('bo')!)
    await leaver.join(channel)
    await request('bo', 'DELETE', `/api/channels/${channel}/me`)
    await writer.say(channel, 'among ourselves')
    await soon('no longer a member', async () => (await leaver.join(channel)).refused.length === 1)
    assert.deepEqual(await leaver.unheard(), [])
    await request('bo', 'DELETE', `/api/communities/${quarter}/me`)
    await leaver.hears('disconnect')
    using late = TownSocket.dial(namespace(there()), settlers.get('bo')!.token)
    assert.equal(((await late.hears('connect_error'))[0] as Error).message, 'Unauthorized')
    await request('ana', 'POST', `/api/communities/${quarter}/users`, { users: [settlers.get('bo')!._id] })
  })

  test('one whose node is replaced comes back to the other, and misses nothing', async () => {
    const square = await newChannel()
    await using balancer = await RoundRobin.to(here())
    using writer = await TownSocket.open(namespace(there()), settlers.get('ana')!)
    using reader = await TownSocket.open(namespace(balancer.url), settlers.get('bo')!, { transports: ['websocket'] })
    await reader.join(square)
    await writer.say(square, 'before')
    await reader.hearsChat()
    balancer.nodes = [there()]
    const writing = (async () => {
      for (let number = 0; number < 100; number++) await writer.say(square, String(number))
    })()
    await Promise.all([nodes.replace(0), writing])
    await reader.hears('connect')
    assert.equal(reader.socket.recovered, true)
    for (let number = 0; number < 100; number++) assert.equal((await reader.hearsChat()).content, String(number))
  })
})

describe('gitplelive', () => {
  const keys = { APP_ID: 'demo', APP_API_KEY: 'demo-api-key' }
  const [one, two] = demoGitplelive.userIds
  const platform = (url: string, method: string, path: string, body?: object) =>
    ask(`${url}/v1${path}`, { method, headers: keys, ...(body && { body }) })
  const connect = async (url: string, user_id: string): Promise<Client> => {
    const { token } = await platform(url, 'POST', `/users/${user_id}/token`, {})
    const client = new Client({ app_id: 'demo', url, session_token: token, reconnect: { min_delay_ms: 1, tries: 100 } })
    await client.connectUser({ user_id })
    return client
  }

  test('what is said, read and typed at one node is heard at the other', async () => {
    const [ana, bo] = [await connect(here(), one), await connect(there(), two)]
    const { channelId: channel_id } = demoGitplelive
    const heard = new Heard(bo, channel_id)
    await Promise.all([0, 1, 2].map((number) => ana.sendMessage({ channel_id, content: String(number) })))
    await heard.reaches(3)
    assert.deepEqual(new Set(heard.words), new Set(['0', '1', '2']))
    const read = next(ana, 'group:channel_message_read_event')
    await bo.markRead({ channel_id })
    await read
    const typing = next(ana, 'group:typing')
    await bo.sendTyping({ channel_id })
    await typing
    const online = await ana.getOnlineMembers({ channel_id })
    assert.deepEqual(online.map(({ user_id }) => user_id).toSorted(), [one, two])
    for (const client of [ana, bo]) client.disconnectUser()
  })

  test('who is banned at one node hears it at the other, and no more after it', async () => {
    const channel_id = 'closed_circle'
    await platform(here(), 'POST', '/group/channels', { channel_id, name: 'circle', members: [one, two] })
    const bo = await connect(there(), two)
    const heard = new Heard(bo, channel_id)
    const banned = next(bo, 'group:channel_ban')
    await platform(here(), 'POST', `/group/channels/${channel_id}/ban`, { user_id: two, seconds: 60 })
    await banned
    await platform(here(), 'POST', `/group/channels/${channel_id}/messages`, { user_id: one, content: 'alone' })
    await assert.rejects(bo.sendMessage({ channel_id, content: 'let me in' }), { code: 1019 })
    assert.deepEqual(heard.words, [])
    bo.disconnectUser()
  })

  test('a channel that is made at one node is heard at the other from its first word on', async () => {
    const bo = await connect(there(), two)
    for (let round = 0; round < 5; round++) {
      const channel_id = `new_${round}`
      const heard = new Heard(bo, channel_id)
      await platform(here(), 'POST', '/group/channels', { channel_id, name: 'new', members: [one, two] })
      for (const content of ['1', '2', '3'])
        await platform(here(), 'POST', `/group/channels/${channel_id}/messages`, { user_id: one, content })
      await heard.reaches(3)
      assert.deepEqual(heard.words, ['1', '2', '3'])
    }
    bo.disconnectUser()
  })

  test('of changes at both nodes none is lost, and of many who ask for one channel, one makes it', async () => {
    const url = (index: number): string => nodes.urls[index % 2]!
    const range = Array.from({ length: 12 }, (_, index) => index)
    const { channelId } = demoGitplelive
    const path = `/group/channels/${channelId}`
    const message = await platform(here(), 'POST', `${path}/messages`, { user_id: one, content: 'x' })
    await Promise.all(
      range.flatMap((index) => {
        const meta = { [`k${index % 6}`]: String(index % 6) }
        return [
          platform(url(index), 'PUT', `${path}/meta`, { meta }),
          platform(url(index), 'PUT', `${path}/messages/${message.message_id}/meta`, { meta }),
          platform(url(index), 'PUT', `/users/${one}/meta`, { meta }),
        ]
      }),
    )
    const all = Object.fromEntries(range.slice(0, 6).map((index) => [`k${index}`, String(index)]))
    await soon('all pairs are there', async () => {
      const { meta } = await platform(here(), 'GET', path)
      return Object.keys(meta).length === 6
    })
    assert.deepEqual((await platform(here(), 'GET', path)).meta, all)
    assert.deepEqual((await platform(there(), 'GET', `/users/${one}`)).meta, all)
    const { messages } = await platform(there(), 'GET', `${path}/messages?limit=1`)
    assert.deepEqual(messages[0].meta, all)

    const body = (index: number) => ({ channel_id: `room_${index}`, name: 'r', members: [one], reuse: true })
    const made = await Promise.all(range.map((index) => platform(url(index), 'POST', '/group/channels', body(index))))
    assert.equal(new Set(made.map(({ channel_id }) => channel_id)).size, 1)
  })

  test('a token that is revoked at one node ends its connections at the other, within a second', async () => {
    const bo = await connect(there(), two)
    const failed = next(bo, 'error')
    const startedAt = performance.now()
    await platform(here(), 'DELETE', `/users/${two}/token`)
    await failed
    assert.ok(performance.now() - startedAt < 1000)
  })

  test('what was said while the nodes could not hear each other is found out when they can again', async () => {
    const bo = await connect(there(), two)
    const heard = new Heard(bo, 'made_unheard')
    await nodes.redis.stop()
    await platform(here(), 'POST', '/group/channels', { channel_id: 'made_unheard', name: 'x', members: [one, two] })
    await platform(here(), 'PUT', `/users/${one}`, { name: 'renamed' })
    await nodes.redis.start()
    await soon(
      'something can be written again',
      async () => {
        const sent = { user_id: one, content: 'at last' }
        return platform(here(), 'POST', '/group/channels/made_unheard/messages', sent).then(Boolean, () => false)
      },
      20_000,
    )
    await heard.reaches(1)
    assert.equal(heard.messages[0]?.content, 'at last')
    assert.equal(heard.messages[0]?.user?.name, 'renamed')

    await nodes.redis.stop()
    const failed = next(bo, 'error')
    await platform(here(), 'DELETE', `/users/${two}/token`)
    await nodes.redis.start()
    await failed
    assert.equal(bo.state, 'closed')
  })
})
