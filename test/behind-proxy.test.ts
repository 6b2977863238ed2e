import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { test } from 'node:test'
import { io } from 'socket.io-client'
import { freePort } from './support/free-port.ts'
import { Certificate, startHaproxy, startNginx } from './support/proxies.ts'
import { RawStomp } from './support/raw-stomp.ts'
import { ServerProcess } from './support/server-process.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

/** What docs/operations.md says of proxies, with the files of deploy/ as they stand there. */

for (const [name, start] of [
  ['nginx', startNginx],
  ['HAProxy', startHaproxy],
] as const) {
  test(`behind ${name} with TLS, clients connect, stream, upload and keep headers with underscores`, async (t) => {
    await using folder = await temporaryFolder()
    const certificate = await Certificate.in(folder.path)
    const tlsPort = await freePort()
    await using server = await ServerProcess.start(folder.path, {
      TRUSTED_PROXY_HOPS: '1',
      PUBLIC_URL: `https://localhost:${tlsPort}`,
    })
    await using proxy = await start(server.url, tlsPort, certificate)

    const keys = { APP_ID: 'demo', APP_API_KEY: 'demo-api-key' }
    const text = randomBytes(10 * 1024 * 1024).toString('hex')
    const body = new FormData()
    body.append('user_id', 'user_1')
    body.append('file', new File([text], 'a.txt'))
    const messages = `${proxy.url}/v1/group/channels/channel_1/messages`
    const response = await fetch(messages, { method: 'POST', headers: keys, body })
    assert.equal(response.status, 201, 'the upload is taken')
    const { file } = (await response.json()) as { file: { url: string } }
    assert.ok(file.url.startsWith(proxy.url), file.url)
    assert.ok((await (await fetch(file.url)).text()) === text, 'the download is the upload')
    assert.equal((await fetch(`${proxy.url}/metrics`)).status, 404, 'metrics are not for the outside')

    using customer = await RawStomp.connect(`${proxy.url}/ws`, { companyId: '1', gasappMemberNumber: '3825' })
    customer.subscribe('me', '/user/session/message')
    await customer.hears('LOGINED')

    // A stream without an end: its first bytes arrive although nothing follows them.
    const stream = request(`${proxy.url}/ws/000/abcdefgh/xhr_streaming`, { method: 'POST' })
    t.after(() => stream.destroy())
    stream.end()
    const [answer] = (await once(stream, 'response')) as [IncomingMessage]
    answer.setEncoding('utf8')
    let received = ''
    for await (const chunk of answer) {
      received += chunk as string
      if (received.endsWith('o\n')) break
    }

    const socket = io(`${proxy.url}/socket/commu-000000000000000000000000`, {
      reconnection: false,
      auth: { token: '' },
    })
    t.after(() => socket.close())
    const refused = await new Promise<Error>((resolve) => socket.once('connect_error', resolve))
    assert.doesNotMatch(refused.message, /xhr poll error|websocket error/, 'the refusal is of the server, over polling')
  })
}
