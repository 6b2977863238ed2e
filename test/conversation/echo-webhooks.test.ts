import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { AuthServer } from '../support/auth-server.ts'
import { EchoPage } from '../support/echo-page.ts'
import { Inbox } from '../support/inbox.ts'
import { LaravelHouse } from '../support/laravel-house.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Pusher's webhooks tell of clients on Socket.IO too. */

interface Hooked {
  readonly name: string
  readonly channel: string
  readonly user_id?: string
  readonly event?: string
  readonly data?: string
  readonly socket_id?: string
}

let auth: AuthServer
let application: Server
let shop: object
let inbox: Inbox<Hooked>
before(async () => {
  auth = await AuthServer.start()
  application = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      for (const event of (JSON.parse(text) as { events: Hooked[] }).events) inbox.put(event)
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(application, 'listening')
  const url = `http://127.0.0.1:${(application.address() as AddressInfo).port}/`
  shop = { authEndpoint: auth.url, webhooks: [{ url }] }
})
beforeEach(() => {
  inbox = new Inbox<Hooked>((hooked) => JSON.stringify(hooked))
})
after(async () => {
  application.closeAllConnections()
  application.close()
  await auth[Symbol.asyncDispose]()
})

function told(name: string, channel: string): Promise<Hooked> {
  return inbox.take(`${name} ${channel}`, (hooked) => hooked.name === name && hooked.channel === channel)
}

test('channels, members and whispers', async () => {
  await using house = await LaravelHouse.open({ shop })
  using page = await EchoPage.open(house.url, { as: 'bo' })
  await page.join('Hooked')
  await told('channel_occupied', 'presence-Hooked')
  assert.equal((await told('member_added', 'presence-Hooked')).user_id, '2')
  page.echo.join('Hooked').whisper('typing', { who: 'Bo' })
  assert.deepEqual(await told('client_event', 'presence-Hooked'), {
    name: 'client_event',
    channel: 'presence-Hooked',
    event: 'client-typing',
    data: '{"who":"Bo"}',
    socket_id: page.socketId,
    user_id: '2',
  })
  page.echo.leave('Hooked')
  assert.equal((await told('member_removed', 'presence-Hooked')).user_id, '2')
  await told('channel_vacated', 'presence-Hooked')
  assert.deepEqual(house.log.of('error'), [])
})

test('those who are there when the server stops, once it is back', async () => {
  await using folder = await temporaryFolder()
  const first = await LaravelHouse.open({ shop, folder: folder.path })
  using page = await EchoPage.open(first.url, { as: 'bo', options: { reconnection: false } })
  await page.join('Hooked')
  await told('member_added', 'presence-Hooked')
  await first.close()
  await using second = await LaravelHouse.open({ shop, folder: folder.path })
  assert.equal((await told('member_removed', 'presence-Hooked')).user_id, '2')
  await told('channel_vacated', 'presence-Hooked')
  assert.deepEqual([...first.log.of('error'), ...second.log.of('error')], [])
})
