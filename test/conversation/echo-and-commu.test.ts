import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoApp, demoCommu, demoPassword } from '../../src/demo.ts'
import { DemoServer } from '../support/demo-server.ts'
import { EchoApi } from '../support/echo-api.ts'
import { clientVersions, EchoPage } from '../support/echo-page.ts'
import { TownSocket } from '../support/town-socket.ts'

/** One Socket.IO endpoint for two protocols: communities in their namespaces, Echo in the root, where clients 2 always are. */

for (const version of clientVersions) {
  test(`neither disturbs the other (socket.io-client ${version})`, async () => {
    await using server = await DemoServer.start()
    const ask = async <T>(method: string, path: string, body: object, token?: string): Promise<T> => {
      const headers = { 'Content-Type': 'application/json', ...(token !== undefined && { Authorization: token }) }
      return (await server.json<{ result: T }>(path, { method, headers, body: JSON.stringify(body) })).result
    }
    const [ana] = demoCommu.people
    const signIn = { id: ana.email, password: demoPassword }
    const token = `Bearer ${(await ask<{ accessToken: string }>('POST', '/api/user/auth/signin', signIn)).accessToken}`
    const community = await ask<{ _id: string }>('POST', '/api/community', { name: 'Quarter' }, token)
    const square = { communityId: community._id, name: 'Square', type: 'Channel', isPrivate: false }
    const channel = await ask<{ _id: string }>('POST', '/api/channel', square, token)

    const dial = version === 4 ? TownSocket.dial : TownSocket.dial2
    using member = dial(`${server.url}/socket/commu-${community._id}`, token)
    await member.connected()
    assert.deepEqual((await member.join(channel._id)).joined, [channel._id])
    using page = await EchoPage.open(server.url, { version })
    page.listen('channel', 'orders', '.said')
    await page.settled()

    assert.equal((await member.say(channel._id, '안녕')).written, true)
    await new EchoApi(server.url, demoApp.laravel).publish({ channel: 'orders', name: 'said', data: { n: 1 } })
    assert.deepEqual(await page.next('.said orders'), { n: 1 })
    assert.deepEqual([await member.unheard(), await page.unheard()], [[], []])
  })
}
