import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { SignJWT } from 'jose'
import Pusher from 'pusher'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import { DemoServer } from './support/demo-server.ts'
import { DocumentedSockets, type Ear } from './support/documented-sockets.ts'
import { RawStomp } from './support/raw-stomp.ts'

let server: DemoServer
let sockets: DocumentedSockets
before(async () => {
  server = await DemoServer.start()
  sockets = await DocumentedSockets.of(server)
})
after(() => server[Symbol.asyncDispose]())

const password = 'parlance-demo'

function post<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
  const json = { 'content-type': 'application/json', ...headers }
  return server.json(path, { method: 'POST', headers: json, body: JSON.stringify(body) })
}

/** A WebSocket of JSON frames. */
async function dial(path: string, ear: Ear, origin = 'http://localhost:8080') {
  const socket = new WebSocket(server.url.replace('http', 'ws') + path, { origin })
  socket.on('message', (data: Buffer) => ear.take(JSON.parse(data.toString())))
  await once(socket, 'open')
  return {
    says: (frame: object) => socket.send(JSON.stringify(frame)),
    leaves: () => socket.close(),
  }
}

test('cstalk says on its sockets what is documented', async () => {
  const ears = {
    '/user/session/message': sockets.ear('cstalk.private'),
    '/sub/socket/room/1': sockets.ear('cstalk.room'),
    '/sub/socket/room/LOBBY1': sockets.ear('cstalk.lobby'),
  } as const
  const [own, room, lobby] = Object.values(ears) as [Ear, Ear, Ear]
  const listen = (client: RawStomp): RawStomp => {
    client.onFrame = ({ command, headers, body }) => {
      if (command === 'MESSAGE') ears[headers['destination'] as keyof typeof ears].take(JSON.parse(body))
    }
    return client
  }
  const { token } = await post<{ token: string }>('/auth/login', { companyId: '1', loginName: 'agent1', password })
  const url = `${server.url}/ws`
  using agent = listen(await RawStomp.connect(url, { Authorization: `Bearer ${token}` }))
  agent.subscribe('0', '/sub/socket/room/LOBBY1')
  using customer = listen(await RawStomp.connect(url, { companyId: '1', gasappMemberNumber: '3825' }))
  customer.subscribe('0', '/user/session/message')
  await own.hears('LOGINED')
  customer.subscribe('1', '/sub/socket/room/1')
  for (const name of ['JOINED', 'MESSAGE_LIST']) await own.hears(name)
  await lobby.hears('ONLINE')
  customer.says('MESSAGE', { messageType: 0, message: '안녕하세요' })
  await room.hears('MESSAGE')
  for (const name of ['RELOAD', 'RELOAD_READY']) await lobby.hears(name)
  agent.subscribe('1', '/user/session/message')
  agent.subscribe('2', '/sub/socket/room/1')
  agent.says('ASSIGN', { roomId: 1 })
  await lobby.hears('RELOAD_READY')
  agent.says('READ_MESSAGE', { startId: 1, endId: 1 })
  await room.hears('READ_MESSAGE')
  agent.says('MESSAGE', { messageType: 1, message: '/files/demo/x/y.png' })
  await room.hears('MESSAGE')
  agent.says('DELETE_MESSAGE', { id: 2 })
  await room.hears('DELETE_MESSAGE')
  agent.says('ROOM_DETAIL')
  await own.hears('ROOM_DETAIL')
  agent.says('NONSENSE')
  await own.hears('ERROR')
  customer.says('REVIEW', { reviewScore: 5 })
  await own.hears('REVIEW')
  agent.says('END')
  await room.hears('END')
  customer.frame('UNSUBSCRIBE', { id: '1' })
  await lobby.hears('OFFLINE')
  // Those are for other companies, and for other hours.
  assert.deepEqual(sockets.unheard('cstalk.private'), ['UNAUTHORIZED', 'WELCOME_MESSAGE'])
  assert.deepEqual(sockets.unheard('cstalk.room'), ['START_MESSAGE'])
  assert.deepEqual(sockets.unheard('cstalk.lobby'), [])
})

test('pintalk says on its sockets what is documented', async () => {
  const keys = { 'x-pintalk-access-key': 'demo-access-key', 'x-pintalk-secret-key': 'demo-secret-key' }
  const { name, host } = await post<{ name: string; host: { uuid: string } }>('/api/chat/', {}, keys)
  const { accessToken } = await post<{ accessToken: string }>('/api/auth/login/', { email: 'host@demo.test', password })
  const [room, status] = [sockets.ear('pintalk.room'), sockets.ear('pintalk.status')]
  const guest = await dial(`/ws/chat/${name}/`, room)
  await room.hears('page')
  guest.says({ type: 'chat_message', is_host: false, message: '안녕하세요', datetime: '2023-03-23T12:22:12' })
  await room.hears('message')
  guest.says({ type: 'request', message: '2023-03-23T12:22:13' })
  await room.hears('page')
  await dial(`/ws/status/${host.uuid}/`, status)
  await dial(`/ws/status/${host.uuid}/?token=${accessToken}`, status)
  await status.hears('status')
  const own = await dial(`/ws/chat/${name}/?token=${accessToken}`, room)
  own.says({ type: 'notice', is_host: true, message: 'close' })
  await room.hears('closed')
  assert.deepEqual([...sockets.unheard('pintalk.room'), ...sockets.unheard('pintalk.status')], [])
})

test('commu says on its sockets what is documented', async () => {
  interface Place {
    readonly _id: string
    readonly channels: readonly { readonly _id: string }[]
  }
  const people = await Promise.all(
    ['ana', 'bo'].map(async (name) => {
      const { result } = await post<{ result: { accessToken: string } }>('/api/user/auth/signin', {
        id: `${name}@demo.test`,
        password,
      })
      return `Bearer ${result.accessToken}`
    }),
  )
  const [ana = '', bo = ''] = people
  const as = (authorization: string) => ({ headers: { authorization } })
  const { result } = await server.json<{ result: { communities: Place[] } }>('/api/communities', as(ana))
  const [community] = result.communities
  const channelId = community?.channels[0]?._id
  const ear = sockets.ear('commu.community')
  const enter = (token: string): Socket => {
    const socket = io(`${server.url}/socket/commu-${community?._id}`, { auth: { token }, forceNew: true })
    socket.onAny((_name, ...args) => ear.take(args))
    return socket
  }
  const [one, other] = [enter(ana), enter(bo)]
  try {
    for (const socket of [one, other]) await socket.emitWithAck('join', { channels: [channelId] })
    const said = (await one.emitWithAck('chat', { chatType: 'new', channelId, content: 'hello' })) as {
      chatInfo: { id: number }
    }
    await ear.hears('new-chat')
    const chatId = said.chatInfo.id
    one.emit('chat', { chatType: 'modify', channelId, chatId, content: 'hi' })
    await ear.hears('modify-chat')
    one.emit('chat', { chatType: 'delete', channelId, chatId })
    await ear.hears('delete-chat')
    one.emit('chat', { chatType: 'new', channelId, content: '' })
    await ear.hears('failed-to-send-message')
    const me = await server.json<{ result: { _id: string } }>('/api/user/auth/me', as(bo))
    const draft = { communityId: community?._id, name: 'side', type: 'Channel', isPrivate: true }
    const side = await post<{ result: Place }>('/api/channel', draft, { authorization: ana })
    const users = [me.result._id]
    one.emit('invite-users-to-channel', { community_id: community?._id, channel_id: side.result._id, users })
    await ear.hears('invited-to-channel')
    assert.deepEqual(sockets.unheard('commu.community'), [])
  } finally {
    for (const socket of [one, other]) socket.disconnect()
  }
})

test('laravel says on its sockets what is documented', async () => {
  const key = new TextEncoder().encode('demo-jwt-secret')
  const claims = new SignJWT({ id: 7, name: 'Ana', channel: 'chat:room1' }).setProtectedHeader({ alg: 'HS256' })
  const own = sockets.ear('laravel.socket')
  const socket = await dial(`/?token=${await claims.setExpirationTime('1 h').sign(key)}`, own)
  socket.says({ data: { message: 'hi', name: 'Ana' } })
  await own.hears('sended')
  await own.hears('message')
  socket.says({})
  await own.hears('error')
  const told = { channel: 'chat:room1', type: 'orderShipped', data: { id: 1 } }
  await post('/api/laravel/demo/broadcast', told, { authorization: 'Bearer demo-secret' })
  await own.hears('other')
  socket.leaves()
  // Where the channel's kind has presence, which the demo's have not.
  assert.deepEqual(sockets.unheard('laravel.socket'), ['connected', 'connectOther', 'disconnectOther'])
})

test('the Pusher protocol is as documented', async () => {
  const api = new Pusher({ appId: 'demo', key: 'demo-key', secret: 'demo-secret', host: '127.0.0.1' })
  const join = async (id: string) => {
    const mine = sockets.ear('laravel.pusher')
    const client = await dial('/app/demo-key?protocol=7&client=js&version=8.6.0', mine)
    const { data } = await mine.hears<{ data: string }>('pusher:connection_established')
    return { ...client, mine, id, socketId: (JSON.parse(data) as { socket_id: string }).socket_id }
  }
  type Client = Awaited<ReturnType<typeof join>>
  const channel = 'presence-room'
  const subscribe = ({ says, id, socketId }: Client): void => {
    const signed = api.authorizeChannel(socketId, channel, { user_id: id, user_info: { name: id } })
    says({ event: 'pusher:subscribe', data: { channel, ...signed } })
  }
  const [ana, bo] = [await join('7'), await join('9')]
  subscribe(ana)
  await ana.mine.hears('pusher_internal:subscription_succeeded')
  subscribe(bo)
  await ana.mine.hears('pusher_internal:member_added')
  await bo.mine.hears('pusher_internal:subscription_succeeded')
  bo.says({ event: 'client-typing', channel, data: { name: 'Bo' } })
  await ana.mine.hears('client-event')
  const said = await fetchSigned(api, 'POST', '/apps/demo/events', { name: 'said', data: '{}', channels: [channel] })
  assert.equal(said, 200)
  await ana.mine.hears('event')
  bo.says({ event: 'pusher:unsubscribe', data: { channel } })
  await ana.mine.hears('pusher_internal:member_removed')
  ana.says({ event: 'pusher:ping', data: {} })
  await ana.mine.hears('pusher:pong')
  ana.says({ event: 'pusher:subscribe', data: { channel: 'private-x', auth: 'demo-key:00' } })
  await ana.mine.hears('pusher:subscription_error')
  ana.says({ event: 'pusher:subscribe', data: { channel: 'cache-x' } })
  await ana.mine.hears('pusher:cache_miss')
  ana.says({ event: 'pusher:signin', data: api.authenticateUser(ana.socketId, { id: '7' }) })
  await ana.mine.hears('pusher:signin_success')
  ana.says({ event: 'nonsense' })
  await ana.mine.hears('pusher:error')
  for (const client of [ana, bo]) client.leaves()
  // It comes after a silence.
  assert.deepEqual(sockets.unheard('laravel.pusher'), ['pusher:ping'])
})

async function fetchSigned(api: Pusher, method: string, path: string, body: object): Promise<number> {
  const text = JSON.stringify(body)
  const query = api.createSignedQueryString({ method, path, body: text })
  const { status } = await fetch(`${server.url}${path}?${query}`, { method, body: text })
  return status
}

test('Laravel Echo over Socket.IO is as documented', async () => {
  const ear = sockets.ear('laravel.echo')
  const socket = io(server.url, { query: { appId: 'demo' }, forceNew: true })
  socket.onAny((_name, ...args) => ear.take(args))
  try {
    await once(socket as unknown as NodeJS.EventEmitter, 'connect')
    socket.emit('subscribe', { channel: 'private-room', auth: { headers: {} } })
    await ear.hears('subscription_error')
    socket.emit('subscribe', { channel: 'room' })
    // Asked after it, answered after it.
    socket.emit('subscribe', { channel: 'private-room' })
    await ear.hears('subscription_error')
    const body = { name: 'said', data: { message: 'hi' }, channel: 'room' }
    await post('/apps/demo/events', body, { authorization: 'Bearer demo-secret' })
    await ear.hears('event')
    // Presence needs the application to say who somebody is.
    const presence = ['presence:subscribed', 'presence:joining', 'presence:leaving']
    assert.deepEqual(sockets.unheard('laravel.echo'), presence)
  } finally {
    socket.disconnect()
  }
})

test('gitplelive says on its socket what is documented', async () => {
  const keys = { APP_ID: 'demo', APP_API_KEY: 'demo-api-key' }
  const join = async (name: string) => {
    const { token } = await post<{ token: string }>(`/v1/users/${name}/token`, {}, keys)
    const ear = sockets.ear('gitplelive.socket')
    const client = await dial('/v1/socket', ear)
    const capabilities = ['resume', 'typing', 'receipts', 'users']
    const positions = { channel_1: [0, 0] }
    client.says({ type: 'hello', version: 1, app_id: 'demo', user_id: name, token, capabilities, positions })
    await ear.hears('welcome')
    await ear.hears('ready')
    let ref = 0
    const asks = (type: string, input: object = {}): void =>
      client.says({ type, ref: ++ref, channel_id: channel, ...input })
    return { ...client, ear, asks }
  }
  const channel = 'channel_1'
  const [one, other] = [await join('user_1'), await join('user_2')]
  await one.ear.hears('gap')
  one.says({ type: 'ping' })
  await one.ear.hears('pong')
  one.asks('send_message', { content: '안녕하세요' })
  await one.ear.hears('reply')
  await other.ear.hears('group:message_send')
  one.asks('send_message')
  await one.ear.hears('refusal')
  one.asks('update_message', { message_id: 1, content: 'hi' })
  await other.ear.hears('group:message_update')
  other.asks('mark_read')
  await one.ear.hears('group:channel_message_read_event')
  other.asks('mark_delivered')
  one.asks('send_typing')
  await other.ear.hears('group:typing')
  one.asks('update_user', { user_id: 'user_1', name: 'One' })
  await other.ear.hears('user_update')
  const change = (method: string, path: string, body: object = {}) =>
    fetch(`${server.url}/v1/group/channels/${channel}${path}`, {
      method,
      headers: { ...keys, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  await change('POST', '/managers', { manager: 'user_1' })
  await one.ear.hears('group:channel_manager_create')
  const report = { user_id: 'user_2', channel_id: channel, category: 'spam' }
  await post('/v1/reports', report, keys)
  await one.ear.hears('group:report_create')
  for (const freeze of [true, false]) await change('PUT', '/freeze', { freeze })
  await one.ear.hears('group:channel_unfreeze')
  await change('PUT', '', { name: 'Named' })
  await one.ear.hears('group:channel_update')
  await change('DELETE', '/managers', { manager: 'user_1' })
  await one.ear.hears('group:channel_manager_delete')
  one.asks('delete_message', { message_id: 1 })
  await other.ear.hears('group:message_delete')
  await change('POST', '/ban', { user_id: 'user_2', seconds: 60 })
  await one.ear.hears('group:channel_ban')
  await change('DELETE', '/ban/user_2')
  await one.ear.hears('group:channel_unban')
  await change('PUT', '/join', { member: 'user_2' })
  await one.ear.hears('group:channel_join')
  await fetch(`${server.url}/v1/users/user_2`, { method: 'DELETE', headers: keys })
  await other.ear.hears('user_delete')
  await change('DELETE', '')
  await one.ear.hears('group:channel_delete')
  one.says({ type: 'nonsense' })
  await one.ear.hears('error')
  for (const client of [one, other]) client.leaves()
  // Of what only other wires have a word for.
  assert.deepEqual(sockets.unheard('gitplelive.socket'), ['position'])
})
