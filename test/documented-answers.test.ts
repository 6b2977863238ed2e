import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SignJWT } from 'jose'
import Pusher from 'pusher'
import { nodeCount } from './support/chosen-servers.ts'
import { DemoServer } from './support/demo-server.ts'
import { DocumentedApi } from './support/documented-api.ts'
import { picture } from './support/pictures.ts'

let server: DemoServer
let api: DocumentedApi
before(async () => {
  server = await DemoServer.start()
  api = await DocumentedApi.of(server)
})
after(() => server[Symbol.asyncDispose]())

const password = 'parlance-demo'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function upload(field: string): Promise<FormData> {
  const form = new FormData()
  const bytes = await picture(64, 48).png().toBuffer()
  form.set(field, new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'boiler.png')
  return form
}

interface Id {
  readonly id: number
}

test('cstalk answers as documented', async () => {
  const login = (loginName: string, secret = password) => ({ json: { companyId: '1', loginName, password: secret } })
  const { token, profile } = await api.call<{ token: string; profile: Id }>('POST /auth/login', 200, login('agent1'))
  await api.call('POST /auth/login', 200, login('agent1', 'wrong'))
  await api.call('POST /auth/login', 400, { json: {} })
  const admin = await api.call<{ token: string }>('POST /auth/loginAdmin', 200, login('manager1'))
  await api.call('POST /auth/loginAdmin', 200, login('agent1'))
  const visit = { json: { companyId: '1', gasappMemberNumber: 3825 } }
  const guest = await api.call<{ token: string; customer: { roomId: number } }>('POST /auth/loginCustomer', 200, visit)
  await api.call('POST /auth/loginCustomer', 200, { json: { companyId: '2', gasappMemberNumber: 3825 } })
  const [agent, manager, customer] = [token, admin.token, guest.token].map((one) => ({ headers: bearer(one) }))
  await api.call('GET /auth/profile', 200, agent)
  await api.call('GET /auth/profile', 200, customer)
  await api.call('GET /auth/profile', 401)
  await api.call('GET /commons/health', 200)

  const room = { params: { id: guest.customer.roomId } }
  await api.call('GET /api/room', 200, { ...agent, query: { queryId: 'findSearchCloseState' } })
  await api.call('GET /api/room', 200, { ...agent, query: { queryId: 'getCurrentTimeStats' } })
  await api.call('GET /api/room', 403, { ...customer, query: { queryId: 'getCurrentTimeStats' } })
  await api.call('GET /api/room/{id}', 200, { ...customer, ...room })
  await api.call('GET /api/room/{id}', 404, { ...agent, params: { id: 99 } })
  await api.call('POST /api/room/{id}/matchRoom', 200, { ...agent, params: { id: 99 } })
  await api.call('POST /api/room/{id}/matchRoom', 409, { ...agent, ...room })
  await api.call('POST /api/room/{id}/closeRoom', 409, { ...manager, ...room })
  await api.call('POST /api/room/{id}/transferRoom', 400, { ...manager, ...room, json: { transferType: 'toMember' } })
  await api.call('GET /api/room/{id}/findSearchJoinHistory', 200, { ...agent, ...room })
  const list = { queryId: 'findByRoomIdAll', roomId: String(guest.customer.roomId) }
  await api.call('GET /api/message', 200, { ...agent, query: list })
  await api.call('DELETE /api/message/{id}', 404, { ...agent, params: { id: 1 }, query: { roomId: list.roomId } })
  await api.call('GET /api/message/noreadForCustomer', 200, { query: { gasappMemberNumber: '3825' } })

  const file = await api.call<{ id: string; fileUrl: string; thumbFileUrl: string }>('POST /api/file/upload', 200, {
    ...agent,
    form: await upload('file'),
  })
  await api.call('POST /api/file/uploadWithThumbnail', 200, { ...customer, form: await upload('file') })
  await api.call('POST /api/file/download', 303, { ...agent, json: { id: file.id } })
  const [, , app, id, name] = file.fileUrl.split('/') as [string, string, string, string, string]
  await api.call('GET /files/{app}/{id}/{name}', 404, { params: { app, id: 'nothing', name } })
  await api.call('DELETE /api/file', 200, { ...agent, json: { id } })

  await api.call('GET /api/member', 200, agent)
  const hired = { loginName: 'agent3', password: 'long enough', name: '박상담', authLevel: 4 }
  await api.call('POST /api/member', 200, { ...manager, json: hired })
  await api.call('POST /api/member', 409, { ...manager, json: hired })
  const self = { ...agent, params: { id: profile.id } }
  await api.call('GET /api/member/{id}', 200, self)
  await api.call('PUT /api/member/{id}', 200, { ...self, json: { positionName: '팀장' } })
  await api.call('PUT /api/member/{id}/state', 200, { ...self, json: { state: 1 } })
  await api.call('GET /api/customer', 200, agent)
  const blocked = { ...agent, params: { id: '3825' } }
  await api.call('PUT /api/customer/{id}/block', 200, blocked)
  await api.call('DELETE /api/customer/{id}/block', 200, blocked)
  await api.call('PUT /api/customer/{id}/swear', 200, blocked)
  await api.call('PUT /api/customer/{id}/insult', 200, blocked)

  for (const [path, text] of [
    ['/api/auto-message', { type: 0, message: '안녕하세요!' }],
    ['/api/template', { ask: '언제?', reply: '오늘.' }],
  ] as const) {
    const entry = await api.call<Id>(`POST ${path}`, 200, { ...manager, json: text })
    const one = { params: { id: entry.id } }
    await api.call(`GET ${path}`, 200, agent)
    await api.call(`GET ${path}/{id}`, 200, { ...agent, ...one })
    await api.call(`PUT ${path}/{id}`, 200, { ...manager, ...one, json: text })
    await api.call(`DELETE ${path}/{id}`, 200, { ...manager, ...one })
    await api.call(`GET ${path}/{id}`, 404, { ...agent, ...one })
  }
  await api.call('GET /api/review', 200, manager)
  await api.call('GET /api/review', 403, agent)
  assert.deepEqual(api.untried('cstalk'), [])
})

test('pintalk answers as documented', async () => {
  const email = 'host@demo.test'
  const { accessToken, id } = await api.call<Id & { accessToken: string }>('POST /api/auth/login/', 200, {
    json: { email, password },
  })
  await api.call('POST /api/auth/login/', 401, { json: { email, password: 'wrong' } })
  await api.call('POST /api/auth/login/', 400, { json: { email: 'nobody' } })
  const host = { headers: bearer(accessToken) }
  const keys = { 'x-pintalk-access-key': 'demo-access-key', 'x-pintalk-secret-key': 'demo-secret-key' }
  await api.call('GET /api/users/client', 200, { headers: { ...keys, origin: 'http://localhost:8080' } })
  await api.call('GET /api/users/client', 403, { headers: keys })
  await api.call('POST /api/chat/', 201, { headers: keys })
  await api.call('POST /api/chat/', 401)
  const rooms = await api.call<{ results: Id[] }>('GET /api/chat/chatrooms/', 200, host)
  const room = { ...host, params: { id: rooms.results[0]?.id ?? 0 } }
  await api.call('GET /api/chat/chatrooms/{id}/', 200, room)
  await api.call('GET /api/chat/chatrooms/{id}/', 404, { ...host, params: { id: 99 } })
  await api.call('PATCH /api/chat/chatrooms/{id}/', 200, { ...room, json: { isFixed: true } })
  await api.call('PATCH /api/chat/chatrooms/{id}/close/', 200, room)
  await api.call('PATCH /api/chat/chatrooms/{id}/restore/', 200, room)
  await api.call('GET /api/chat/chatrooms/{id}/chat-messages/', 200, room)
  await api.call('GET /api/chat/chatrooms/{id}/download/', 200, room)
  await api.call('DELETE /api/chat/chatrooms/{id}/', 204, room)

  await api.call('POST /api/auth/check-email/', 200, { json: { email: 'new@demo.test' } })
  await api.call('POST /api/auth/check-email/', 409, { json: { email } })
  await api.call('POST /api/auth/email-verification/', 422, { json: { email } })
  await api.call('POST /api/auth/email-confirmation/', 422, { json: { verificationCode: '123456' } })
  await api.call('POST /api/auth/signup/', 422, { json: {} })
  await api.call('POST /api/auth/token/refresh/', 401)
  const change = { currentPassword: 'wrong', newPassword: 'long enough' }
  await api.call('POST /api/auth/password-change/', 401, { ...host, json: change })
  await api.call('POST /api/auth/password-reset/', 404, { json: { email: 'nobody@demo.test' } })
  await api.call('POST /api/auth/password-reset/', 200, { json: { email } })
  await api.call('POST /api/auth/restore/', 200, { json: { email } })
  await api.call('POST /api/auth/leave/', 401, { ...host, json: { password: 'wrong' } })
  await api.call('GET /api/users/', 200, host)
  const self = { ...host, params: { id } }
  await api.call('GET /api/users/{id}/', 200, self)
  await api.call('GET /api/users/{id}/', 403, { ...host, params: { id: 99 } })
  await api.call('PATCH /api/users/{id}/', 200, { ...self, form: await upload('profileImage') })
  await api.call('PATCH /api/users/{id}/configs/', 200, { ...self, json: { useOnlineStatus: false } })
  await api.call('POST /api/auth/logout/', 204, host)
  await api.call('GET /health-check', 200)
  assert.deepEqual(api.untried('pintalk'), [])
})

test('commu answers as documented', async () => {
  interface Result<T> {
    readonly result: T
  }
  const signIn = async (email: string) => {
    const { result } = await api.call<Result<{ accessToken: string }>>('POST /api/user/auth/signin', 201, {
      json: { id: email, password },
    })
    return { headers: bearer(result.accessToken) }
  }
  await api.call('POST /api/user/auth/signup', 400, { json: { id: 'x' } })
  await api.call('POST /api/user/auth/signup', 201, {
    json: { id: 'dee@demo.test', password: 'long enough', nickname: 'dee' },
  })
  await api.call('POST /api/user/auth/signin', 403, { json: { id: 'dee@demo.test', password: 'wrong' } })
  await api.call('POST /api/user/auth/refresh', 401)
  const [ana, bo] = [await signIn('ana@demo.test'), await signIn('bo@demo.test')]
  const me = await api.call<Result<{ _id: string }>>('GET /api/user/auth/me', 200, ana)
  const other = await api.call<Result<{ _id: string }>>('GET /api/user/auth/me', 200, bo)
  await api.call('GET /api/user/auth/me', 401)
  await api.call('POST /api/user/following/{followId}', 400, { ...ana, params: { followId: me.result._id } })
  await api.call('POST /api/user/following/{followId}', 201, { ...ana, params: { followId: other.result._id } })
  await api.call('GET /api/user/followers', 200, bo)
  await api.call('GET /api/user/followings', 200, ana)
  await api.call('PATCH /api/user/settings', 200, { ...ana, json: { status: 'AFK' } })
  const users = [...api.untried('commu')].find((route) => route.startsWith('GET /api/users')) ?? ''
  await api.call(users, 200, { query: { search: 'an' } })

  await api.call('POST /api/community', 201, { ...ana, json: { name: 'Town' } })
  const { result } = await api.call<
    Result<{ communities: { _id: string; name: string; channels: { _id: string }[] }[] }>
  >('GET /api/communities', 200, ana)
  const [demo, town] = ['Demo', 'Town'].map((name) => result.communities.find((one) => one.name === name))
  const community = { params: { community_id: demo?._id ?? '' } }
  const own = { params: { community_id: town?._id ?? '' } }
  const invited = { users: [other.result._id] }
  await api.call('GET /api/communities/{community_id}/users', 200, { ...ana, ...community })
  await api.call('GET /api/communities/{community_id}/users', 400, { ...bo, ...own })
  await api.call('POST /api/communities/{community_id}/users', 201, { ...ana, ...own, json: invited })
  await api.call('PATCH /api/communities/{community_id}/settings', 200, { ...ana, ...own, json: { description: 'x' } })
  await api.call('DELETE /api/communities/{community_id}/me', 200, { ...bo, ...own })
  await api.call('DELETE /api/communities/{community_id}', 200, { ...ana, ...own })

  const room = { communityId: demo?._id, name: 'side', type: 'Channel', isPrivate: false }
  const side = await api.call<Result<{ _id: string }>>('POST /api/channel', 201, { ...ana, json: room })
  const channel = { params: { channel_id: side.result._id } }
  await api.call('GET /api/channels/{channel_id}', 200, { ...ana, ...channel })
  await api.call('POST /api/channels/{channel_id}', 201, { ...bo, ...channel, json: { community_id: demo?._id } })
  await api.call('DELETE /api/channels/{channel_id}/me', 200, { ...bo, ...channel })
  await api.call('POST /api/channels/{channel_id}/users', 201, { ...ana, ...channel, json: invited })
  await api.call('PATCH /api/channels/{channel_id}/settings', 401, { ...bo, ...channel, json: { name: 'mine' } })
  await api.call('PATCH /api/channels/{channel_id}/settings', 200, { ...ana, ...channel, json: { name: 'aside' } })
  const words = { ...ana, ...channel, json: { type: 'TEXT', content: 'hello' } }
  const { result: chat } = await api.call<Result<Id>>('POST /api/channels/{channel_id}/chat', 201, words)
  await api.call('GET /api/channels/{channel_id}/chat', 200, { ...bo, ...channel, query: { prev: '-1' } })
  await api.call('GET /api/channels/{channel_id}/unread-chat', 200, { ...bo, ...channel })
  await api.call('PATCH /api/channels/{channel_id}/lastRead', 200, { ...bo, ...channel })
  const one = { params: { ...channel.params, chat_id: chat.id } }
  await api.call('PATCH /api/channels/{channel_id}/chats/{chat_id}', 200, { ...ana, ...one, json: { content: 'hi' } })
  await api.call('DELETE /api/channels/{channel_id}/chats/{chat_id}', 400, { ...bo, ...one })
  await api.call('DELETE /api/channels/{channel_id}/chats/{chat_id}', 200, { ...ana, ...one })
  await api.call('DELETE /api/channels/{channel_id}', 200, { ...ana, ...channel })
  await api.call('POST /api/user/auth/signout', 201, ana)
  assert.deepEqual(api.untried('commu'), [])
})

test('laravel and its Pusher API answer as documented', async () => {
  const secret = { headers: bearer('demo-secret') }
  const app = { params: { id: 'demo' } }
  const words = { channel: 'chat:room1', data: { message: 'hi', name: 'Ana' } }
  await api.call('POST /api/laravel/{id}/broadcast', 200, { ...secret, ...app, json: words })
  await api.call('POST /api/laravel/{id}/broadcast', 401, { ...app, json: words })
  await api.call('POST /api/laravel/{id}/broadcast', 400, { ...secret, ...app, json: {} })
  const key = new TextEncoder().encode('demo-jwt-secret')
  const claims = new SignJWT({ id: 7, name: 'Ana', channel: 'chat:room1' }).setProtectedHeader({ alg: 'HS256' })
  const token = await claims.setExpirationTime('1 h').sign(key)
  await api.call('GET /api/laravel/messages', 200, { headers: bearer(token) })
  await api.call('GET /api/laravel/messages', 401)

  const params = { appId: 'demo', channel: 'presence-room', userId: '7' }
  const pusher = new Pusher({ appId: 'demo', key: 'demo-key', secret: 'demo-secret', host: '127.0.0.1' })
  const event = { name: 'said', data: '{}', channels: ['room'] }
  const ask = async (route: string, status: number, json?: object, more: Record<string, string> = {}) => {
    const [method = '', template = ''] = route.split(' ')
    const path = template.replace(/\{(\w+)\}/g, (_, name: keyof typeof params) => params[name])
    const body = json === undefined ? '' : JSON.stringify(json)
    const query = Object.fromEntries(
      new URLSearchParams(pusher.createSignedQueryString({ method, path, body, params: more })),
    )
    await api.call(route, status, { params, query, ...(json === undefined ? {} : { json }) })
  }
  await ask('POST /apps/{appId}/events', 200, event)
  await ask('POST /apps/{appId}/events', 200, { ...event, info: 'subscription_count' })
  await ask('POST /apps/{appId}/events', 400, {})
  await ask('POST /apps/{appId}/batch_events', 200, { batch: [{ name: 'said', data: '{}', channel: 'room' }] })
  await ask('GET /apps/{appId}/channels', 200)
  await ask('GET /apps/{appId}/channels/{channel}', 200, undefined, { info: 'user_count' })
  await ask('GET /apps/{appId}/channels/{channel}/users', 200)
  await ask('GET /apps/{appId}/connections', 200)
  await ask('POST /apps/{appId}/users/{userId}/terminate_connections', 200, {})
  await api.call('GET /apps/{appId}/connections', 401, { params })
  await api.call('GET /apps/{appId}/connections', 404, { params: { appId: 'nobody' } })
  await api.call('POST /apps/{appId}/events', 200, { ...secret, params, json: event })
  await api.call('GET /apps/{appId}/channels', 200, { ...secret, params })
  await api.call('GET /apps/{appId}/channels/{channel}', 200, { ...secret, params })
  await api.call('GET /apps/{appId}/channels/{channel}/users', 200, { ...secret, params })
  await api.call('GET /apps/{appId}/status', 200, { ...secret, params })
  await api.call('GET /apps/{appId}/status', 403, { params })
  assert.deepEqual([...api.untried('laravel'), ...api.untried('pusher')], [])
})

test('the server itself answers as documented', async () => {
  for (const path of ['/healthz', '/readyz']) await api.call(`GET ${path}`, 200)
  // What a balancer brings doesn't come from this machine.
  await api.call('GET /metrics', nodeCount === 1 ? 200 : 403)
  await api.call('GET /metrics', 403, { headers: { 'X-Forwarded-For': '203.0.113.9' } })
  for (const path of ['/openapi.json', '/asyncapi.json', '/docs']) await api.call(`GET ${path}`, 200)
  assert.deepEqual(api.untried('server'), [])
})

test('gitplelive answers as documented', async () => {
  const keys = { headers: { APP_ID: 'demo', APP_API_KEY: 'demo-api-key' } }
  const user = { ...keys, params: { user_id: 'dee' } }
  await api.call('POST /v1/users', 201, { ...keys, json: { user_id: 'dee', name: 'Dee' } })
  await api.call('POST /v1/users', 400, { ...keys, json: { user_id: 'dee', name: 'Dee' } })
  await api.call('POST /v1/users', 401, { json: {} })
  await api.call('GET /v1/users', 200, keys)
  const { token } = await api.call<{ token: string }>('POST /v1/users/{user_id}/token', 200, { ...user, json: {} })
  const sides = [
    { base: '/v1', as: keys, who: { user_id: 'dee' } },
    { base: '/v1/client', as: { headers: bearer(token) }, who: {} },
  ]
  for (const { base, as, who } of sides) {
    const self = { ...as, params: user.params }
    await api.call(`GET ${base}/users/{user_id}`, 200, self)
    await api.call(`PUT ${base}/users/{user_id}`, 200, { ...self, json: { name: 'Dea', profile_url: 'dea.png' } })
    await api.call(`PUT ${base}/users/{user_id}/meta`, 200, { ...self, json: { meta: { grade: 'gold' } } })
    await api.call(`DELETE ${base}/users/{user_id}/meta`, 200, { ...self, json: { keys: ['grade'] } })

    const id = base === '/v1' ? 'made_one' : 'made_two'
    const draft = { channel_id: id, name: 'Made', members: ['dee', 'user_1'], reuse: false }
    await api.call(`POST ${base}/group/channels`, 201, { ...as, json: draft })
    await api.call(`POST ${base}/group/channels`, 400, { ...as, json: draft })
    const again = { ...draft, channel_id: `${id}_again`, reuse: true }
    await api.call(`POST ${base}/group/channels`, 200, { ...as, json: again })
    const here = { ...as, params: { channel_id: id } }
    const of = `${base}/group/channels/{channel_id}`
    // Users run only the channels that they manage.
    await api.call('POST /v1/group/channels/{channel_id}/managers', 200, {
      ...keys,
      params: here.params,
      json: { manager: 'dee' },
    })
    if (base !== '/v1') await api.call(`POST ${of}/managers`, 200, { ...here, json: { manager: 'user_1' } })
    const shown = { show_members: 'true', show_managers: 'true', show_unread: 'true', show_last_message: 'true' }
    const all = { ...shown, show_read_receipt: 'true', show_delivery_receipt: 'true' }
    await api.call(`PUT ${of}`, 200, { ...here, json: { name: 'Named' } })
    await api.call(`PUT ${of}/meta`, 200, { ...here, json: { meta: { topic: 'x' } } })
    await api.call(`DELETE ${of}/meta`, 200, { ...here, json: {} })
    await api.call(`PUT ${of}/freeze`, 200, { ...here, json: { freeze: true } })
    await api.call(`PUT ${of}/freeze`, 200, { ...here, json: { freeze: false } })
    const words = { ...who, content: '안녕하세요' }
    const { message_id: messageId } = await api.call<{ message_id: number }>(`POST ${of}/messages`, 201, {
      ...here,
      json: words,
    })
    await api.call(`POST ${of}/messages`, 400, { ...here, json: { ...who, content: 5 } })
    const form = await upload('file')
    form.set('user_id', 'dee')
    await api.call(`POST ${of}/messages`, 201, { ...here, form })
    await api.call(`GET ${of}`, 200, { ...here, query: all })
    await api.call(`GET ${base}/group/channels`, 200, { ...as, query: { ...all, limit: '1' } })
    await api.call(`GET ${of}/messages`, 200, here)
    await api.call(`PUT ${of}/messages/read`, 200, { ...here, json: who })
    await api.call(`PUT ${of}/messages/delivered`, 200, { ...here, json: who })
    const message = { ...as, params: { ...here.params, message_id: messageId } }
    await api.call(`PUT ${of}/messages/{message_id}`, 200, { ...message, json: { content: 'bye' } })
    await api.call(`PUT ${of}/messages/{message_id}/meta`, 200, { ...message, json: { meta: { seen: true } } })
    await api.call(`DELETE ${of}/messages/{message_id}/meta`, 200, { ...message, json: {} })
    const report = { ...who, channel_id: id, message_id: messageId, category: 'spam' }
    await api.call(`POST ${base}/reports`, 201, { ...as, json: report })
    await api.call(`GET ${base}/reports/group/channels/{channel_id}`, 200, here)
    await api.call(`DELETE ${of}/messages/{message_id}`, 200, message)
    for (const list of ['members', 'online_members', 'managers']) await api.call(`GET ${of}/${list}`, 200, here)
    if (base !== '/v1') await api.call(`DELETE ${of}/managers`, 200, { ...here, json: { manager: 'user_1' } })
    await api.call(`POST ${of}/ban`, 200, { ...here, json: { user_id: 'user_1', seconds: 60 } })
    await api.call(`GET ${of}/banned_list`, 200, here)
    await api.call(`DELETE ${of}/ban/{user_id}`, 200, { ...as, params: { ...here.params, user_id: 'user_1' } })
    const moves = { ...here, json: { member: 'dee' } }
    await api.call(`PUT ${of}/leave`, 200, moves)
    if (base === '/v1') await api.call(`PUT ${of}/join`, 200, moves)
    else await api.call(`PUT ${of}/join`, 400, moves)
  }
  const made = { ...keys, params: { channel_id: 'made_one' } }
  await api.call('POST /v1/group/channels/{channel_id}/managers', 200, { ...made, json: { manager: 'dee' } })
  await api.call('DELETE /v1/group/channels/{channel_id}/managers', 200, { ...made, json: { manager: 'dee' } })
  await api.call('DELETE /v1/group/channels/{channel_id}', 200, made)
  await api.call('DELETE /v1/client/users/{user_id}/token', 200, { headers: bearer(token), params: user.params })
  await api.call('DELETE /v1/users/{user_id}/token', 200, user)
  await api.call('DELETE /v1/users/{user_id}', 200, user)
  await api.call('GET /v1/health', 200)
  assert.deepEqual(api.untried('gitplelive'), [])
})
