import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/config.ts'
import { startChosen } from '../support/chosen-servers.ts'
import { chosenStore } from '../support/chosen-store.ts'
import { RecordedLog } from '../support/recorded-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const app = { id: 'acme', origins: ['*'], gitplelive: { appId: 'app_id', apiKey: 'app_key_of_acme' } }
const keys = { APP_ID: 'app_id', APP_API_KEY: 'app_key_of_acme' }

/** A real server over a folder. `env`: settings by the names of their environment variables, without `PARLANCE_`. */
async function serve(folder: string, env: Readonly<Record<string, string>> = {}) {
  const all = { PORT: '0', DATA_DIR: folder, CONFIG: 'apps.json', ...(await chosenStore(folder)), ...env }
  const named = Object.fromEntries(Object.entries(all).map(([name, value]) => [`PARLANCE_${name}`, value]))
  const log = new RecordedLog()
  const server = await startChosen(
    loadConfig(named, () => JSON.stringify({ apps: [app] })),
    log,
  )
  /** As the tutorial's own `fetch`. */
  const ask = (method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = keys) =>
    fetch(`${server.url}/v1${path}`, {
      method,
      headers: { 'Content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
  return { url: server.url, log, ask, [Symbol.asyncDispose]: () => server.close() }
}

type Server = Awaited<ReturnType<typeof serve>>

// oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
const jsonOf = async (answer: Promise<Response>): Promise<any> => (await answer).json()

async function people({ ask }: Server): Promise<void> {
  await ask('POST', '/users', { user_id: 'user_1', name: 'user_1' })
  await ask('POST', '/users', { user_id: 'user_2', name: 'user_2' })
}

const channel = { channel_id: 'channel_1', name: 'channel_1', members: ['user_1', 'user_2'] }
const messages = '/group/channels/channel_1/messages'

/** The keys of an object, in their order, those of inner objects too. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.entries(value).map(([key, inner]) => [key, shape(inner)])
}

test('the tutorial’s requests get the tutorial’s answers', async () => {
  await using folder = await temporaryFolder()
  await using server = await serve(folder.path)
  await people(server)

  const made = await server.ask('POST', '/group/channels', {
    channel_id: 'channel_1',
    name: 'channel_1',
    profile_url: 'myimage.png',
    members: ['user_1', 'user_2'],
    reuse: false,
    meta: {},
  })
  assert.equal(made.status, 201)
  const channelShown = {
    channel_id: 'channel_1',
    name: 'channel_1',
    profile_url: 'myimage.png',
    type: 'group',
    freeze: false,
    total_message_count: 0,
    total_file_count: 0,
    created_at: 1660115878567,
    updated_at: 1660115878567,
    members: [
      { user_id: 'user_1', name: 'user_1' },
      { user_id: 'user_2', name: 'user_2' },
    ],
  }
  const shown = (await made.json()) as typeof channelShown
  assert.deepEqual(shape(shown), shape(channelShown))
  const { created_at: createdAt, updated_at: updatedAt } = shown
  assert.deepEqual({ ...channelShown, created_at: createdAt, updated_at: updatedAt }, shown)

  const user = await server.ask('POST', '/users', { user_id: 'user_3', name: 'user_3', profile_url: '', meta: {} })
  assert.equal(user.status, 201)
  const userShown = (await user.json()) as object
  const expected = {
    user_id: 'user_3',
    name: 'user_3',
    profile_url: '',
    created_at: 1660119828633,
    updated_at: 1660119828633,
  }
  assert.deepEqual(shape(userShown), shape(expected))

  const join = await server.ask('PUT', '/group/channels/channel_1/join', { member: 'user_3' })
  assert.deepEqual([join.status, await join.text()], [200, '{}'])

  await server.ask('PUT', '/users/user_1', { profile_url: 'user_1.png' })
  const sent = await server.ask('POST', messages, { user_id: 'user_1', content: '안녕하세요', meta: {} })
  assert.equal(sent.status, 201)
  const messageShown = {
    user: {
      user_id: 'user_1',
      name: 'user_1',
      profile_url: 'user_1.png',
      created_at: 1660024377478,
      updated_at: 1660115878576,
    },
    type: 'text',
    content: '안녕하세요',
    created_at: 1660122025159,
    updated_at: 1660122025159,
    message_id: 1,
    channel_id: 'channel_1',
  }
  const message = (await sent.json()) as typeof messageShown
  assert.deepEqual(shape(message), shape(messageShown))
  assert.deepEqual([message.content, message.message_id, message.user.profile_url], ['안녕하세요', 1, 'user_1.png'])
  assert.deepEqual(server.log.of('error'), [])
})

describe('over a real connection', () => {
  test('a page of any origin may ask with its token, and can’t with cookies', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve(folder.path)
    const answer = await fetch(`${server.url}/v1/client/users/user_1`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.match(answer.headers.get('access-control-allow-headers') ?? '', /authorization/)
    assert.equal(answer.headers.get('access-control-allow-credentials'), null)
  })

  test('a large file is taken in whole and comes back, and one that is too large is refused', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve(folder.path, { UPLOAD_MAX_BYTES: '3000000' })
    await people(server)
    await server.ask('POST', '/group/channels', channel)
    const send = (bytes: Uint8Array<ArrayBuffer>) => {
      const form = new FormData()
      form.append('user_id', 'user_1')
      form.append('file', new File([bytes], '자료.zip'))
      return fetch(`${server.url}/v1${messages}`, { method: 'POST', headers: keys, body: form })
    }
    const zip = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), randomBytes(2_500_000)])
    const sent = await send(new Uint8Array(zip))
    assert.equal(sent.status, 201)
    const { file } = (await sent.json()) as { file: { url: string; size: number; name: string } }
    assert.deepEqual([file.size, file.name], [zip.length, '자료.zip'])
    const back = new Uint8Array(await (await fetch(file.url)).arrayBuffer())
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    assert.equal(digest(back), digest(zip))
    const refused = await send(new Uint8Array(3_000_001).fill(80))
    assert.deepEqual([refused.status, ((await refused.json()) as { code: number }).code], [400, 1012])
  })

  test('what was counted, read, sent under a key, and revoked is the same after a restart', async () => {
    await using folder = await temporaryFolder()
    const key = { ...keys, 'Idempotency-Key': 'order-17' }
    const query = '?show_unread=true'
    let first: { message_id: number; created_at: number }
    let token: string
    {
      await using server = await serve(folder.path)
      await people(server)
      await server.ask('POST', '/group/channels', { ...channel, reuse: true })
      first = await jsonOf(server.ask('POST', messages, { user_id: 'user_1', content: 'once' }, key))
      await server.ask('POST', messages, { user_id: 'user_1', content: 'twice' })
      await server.ask('DELETE', `${messages}/2`)
      token = (await jsonOf(server.ask('POST', '/users/user_1/token', {}))).token
      await server.ask('DELETE', '/users/user_1/token')
    }
    await using server = await serve(folder.path)
    const again = await server.ask('POST', messages, { user_id: 'user_1', content: 'once' }, key)
    const { message_id: id, created_at: at } = (await again.json()) as typeof first
    assert.deepEqual([again.status, id, at], [201, first.message_id, first.created_at])
    const { total_message_count: total, unread } = await jsonOf(server.ask('GET', `/group/channels/channel_1${query}`))
    assert.deepEqual([total, unread], [1, { user_1: 0, user_2: 1 }])
    const reused = await server.ask('POST', '/group/channels', { ...channel, channel_id: 'channel_2', reuse: true })
    assert.deepEqual([reused.status, ((await reused.json()) as { channel_id: string }).channel_id], [200, 'channel_1'])
    const bearer = { Authorization: `Bearer ${token}` }
    assert.equal((await jsonOf(server.ask('GET', '/client/users/user_1', undefined, bearer))).name, 'token_invalid')
  })

  test('the same message sent ten times at once under one key is one message', async () => {
    await using folder = await temporaryFolder()
    await using server = await serve(folder.path)
    await people(server)
    await server.ask('POST', '/group/channels', channel)
    const key = { ...keys, 'Idempotency-Key': 'order-18' }
    const send = () => jsonOf(server.ask('POST', messages, { user_id: 'user_1', content: 'once' }, key))
    const answers = await Promise.all(Array.from({ length: 10 }, send))
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal((await jsonOf(server.ask('GET', messages))).messages.length, 1)
  })
})
