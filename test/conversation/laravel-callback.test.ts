import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { jwtVerify } from 'jose'
import { Inbox } from '../support/inbox.ts'
import { laravelApps, LaravelHouse } from '../support/laravel-house.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** What clients say on the JWT socket is told to the application. */

interface Told {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let application: Server
let callbackUrl: string
let inbox: Inbox<Told>
/** What the application answers next; then 200. */
let answers: number[] = []
before(async () => {
  application = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.writeHead(answers.shift() ?? 200).end('{}')
      inbox.put({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    })
  }).listen(0, '127.0.0.1')
  await once(application, 'listening')
  callbackUrl = `http://127.0.0.1:${(application.address() as AddressInfo).port}/api/chat_callback`
})
beforeEach(() => {
  answers = []
  inbox = new Inbox((told) => told.body)
})
after(() => {
  application.closeAllConnections()
  application.close()
})

const sended = '{"type":"sended","ok":true}'
const told = (): Promise<Told> => inbox.take('a call', () => true)

test('each message, with its sender’s token and the application’s signature', async () => {
  await using house = await LaravelHouse.open({ shop: { callbackUrl } })
  const ana = await house.dial(7, 'Ana', 'chat:room1')
  ana.says({ message: '안녕', name: 'A', target_user_id: 7 })
  const { headers, body } = await told()
  const said = {
    content: '안녕',
    channel: 'chat:room1',
    sender: { name: 'Ana', id: 7 },
    data: { message: '안녕', name: 'A' },
  }
  assert.equal(body, JSON.stringify(said))
  assert.equal(headers['content-type'], 'application/json')
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
  const { payload } = await jwtVerify(token, new TextEncoder().encode(laravelApps.shop.jwtSecret))
  assert.deepEqual([payload['id'], payload['name'], payload['channel']], [7, 'Ana', 'chat:room1'])
  const timestamp = headers['x-parlance-timestamp']
  assert.ok(Math.abs(Number(timestamp) * 1000 - Date.now()) < 60_000)
  const signature = createHmac('sha256', laravelApps.shop.secret)
    .update(`${String(timestamp)}.${body}`)
    .digest('hex')
  assert.equal(headers['x-parlance-signature'], signature)
  assert.match(String(headers['x-parlance-delivery']), /^\d+$/)
  assert.deepEqual([await ana.next(), (await ana.next()).includes('안녕')], [sended, true])

  const tweets = await house.dial(7, 'Ana', 'tweet:')
  tweets.says({ tweet: { id: 1 } })
  assert.equal(
    (await told()).body,
    '{"content":null,"channel":"tweet:","sender":{"name":"Ana","id":7},"data":{"tweet":{"id":1}}}',
  )
  assert.deepEqual([await tweets.next(), (await tweets.next()).includes('tweet')], [sended, true])
})

test('what the application says itself, and what was refused, is not told', async () => {
  await using house = await LaravelHouse.open({ shop: { callbackUrl } })
  const ana = await house.dial(7, 'Ana', 'chat:')
  await house.publish({ channel: 'chat:', data: { message: 'from the app' } })
  await ana.hears('from the app')
  ana.says({ message: 'x'.repeat(10_001) })
  await ana.hears('"error"')
  ana.says({ message: 'last' })
  assert.match((await told()).body, /"content":"last"/)
})

test('an application that fails is told again, and nobody waits for it', async () => {
  await using house = await LaravelHouse.open({ shop: { callbackUrl } })
  answers = [500]
  const ana = await house.dial(7, 'Ana', 'chat:')
  ana.says({ message: 'm' })
  assert.equal(await ana.next(), sended)
  const [first, second] = [await told(), await told()]
  assert.equal(second.body, first.body)
  assert.equal(second.headers['x-parlance-delivery'], first.headers['x-parlance-delivery'])
})

test('what could not be told is told by the next server on the same store', async () => {
  await using folder = await temporaryFolder()
  {
    await using house = await LaravelHouse.open({ folder: folder.path, shop: { callbackUrl: 'http://127.0.0.1:1/' } })
    const ana = await house.dial(7, 'Ana', 'chat:')
    ana.says({ message: 'kept for later' })
    assert.equal(await ana.next(), sended)
  }
  await using house = await LaravelHouse.open({ folder: folder.path, shop: { callbackUrl } })
  assert.match((await told()).body, /kept for later/)
  assert.equal((await house.health()).status, 'ok')
})
