import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { RawHttp } from '../support/raw-http.ts'
import { RawStomp } from '../support/raw-stomp.ts'
import { Sender, storedMessages } from '../support/sender.ts'
import { ServerProcess } from '../support/server-process.ts'

const env = { MESSAGES_PER_SECOND: '10000', MESSAGE_BURST: '100000' }

async function connect(server: ServerProcess, number: number): Promise<{ raw: RawStomp; roomId: number }> {
  const raw = await RawStomp.connect(server.sockjsUrl, { companyId: '1', gasappMemberNumber: String(number) })
  raw.subscribe('me', '/user/session/message')
  const { roomId } = (await raw.hears('LOGINED')).data['profile'] as { roomId: string }
  return { raw, roomId: Number(roomId) }
}

/** Bare SockJS, to see the close as it comes. Resolves at the opening frame. */
async function sockjsWebsocket(server: ServerProcess): Promise<{ heard: string[]; closed: Promise<number> }> {
  const ws = new WebSocket(`${server.sockjsUrl.replace('http', 'ws')}/000/abc/websocket`)
  const heard: string[] = []
  ws.on('message', (data: Buffer) => heard.push(data.toString()))
  const closed = new Promise<number>((resolve) => ws.once('close', resolve))
  await new Promise((resolve) => ws.once('message', resolve))
  return { heard, closed }
}

test('SIGTERM: everyone is told, what was accepted is kept, exit 0', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const lines: Sender[] = []
  {
    await using server = await ServerProcess.start(folder, env)
    for (let number = 1; number <= 10; number++) {
      const { raw, roomId } = await connect(server, number)
      lines.push(new Sender(raw, roomId, String(number)))
    }
    const { raw: idle } = await connect(server, 3825)
    const sockjs = await sockjsWebsocket(server)
    const port = Number(new URL(server.url).port)
    const streaming = new RawHttp(port)
    const stream = await streaming.request('POST', '/ws/000/streaming/xhr_streaming')
    assert.equal((await stream.chunk()).length, 2049)
    assert.equal(await stream.chunk(), 'o\n')
    const polling = new RawHttp(port)
    assert.equal(await (await polling.request('POST', '/ws/000/polling/xhr')).text(), 'o\n')
    const poll = polling.request('POST', '/ws/000/polling/xhr')

    for (const line of lines) line.start()
    await Sender.told(lines, 500)
    const exit = server.end('SIGTERM')
    const comeBack = { code: 1001, reason: 'the server restarts, come back' }
    assert.deepEqual(await idle.closed, comeBack)
    for (const line of lines) assert.deepEqual(await line.ended, comeBack)
    const said = `c[1001,"${comeBack.reason}"]`
    assert.equal(await sockjs.closed, 1000)
    assert.equal(sockjs.heard.at(-1), said)
    assert.equal(await stream.chunk(), `${said}\n`)
    assert.equal(await (await poll).text(), `${said}\n`)
    assert.deepEqual(await exit, { code: 0, signal: null })
    await assert.rejects(fetch(server.url), 'nobody listens any more')
  }

  await using server = await ServerProcess.start(folder, env)
  for (const [index, { name, roomId, receipts, copies, sent }] of lines.entries()) {
    const { raw } = await connect(server, 1 + index)
    const texts = await storedMessages(raw, roomId, 0)
    assert.deepEqual(texts, sent.slice(0, texts.length))
    for (const text of receipts) assert.ok(texts.includes(text), `${name}: ${text} had its receipt`)
    for (const [text, id] of copies) assert.equal(texts[id - 1], text)
    raw.lose()
  }
})
