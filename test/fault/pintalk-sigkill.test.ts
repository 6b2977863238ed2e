import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { demoPintalk } from '../../src/demo.ts'
import { GuestSocket } from '../support/guest-socket.ts'
import { ServerProcess } from '../support/server-process.ts'

/**
 * The process dies in the middle of guests' talk. This wire has no receipts: a sender's own copy says that its message
 * is kept, so what came back is there after the restart, once and in order, and of the rest nothing but a beginning.
 */

const rounds = 8
const guests = 10
const inFlight = 8
const origin = `http://${demoPintalk.serviceDomain}`
const env = {
  MESSAGES_PER_SECOND: '10000',
  MESSAGE_BURST: '100000',
  FRAMES_PER_SECOND: '10000',
  FRAME_BURST: '100000',
  GUEST_MESSAGES_PER_SECOND: '10000',
  GUEST_MESSAGE_BURST: '100000',
  HOST_MESSAGES_PER_SECOND: '10000',
  HOST_MESSAGE_BURST: '100000',
}

async function newRoom(server: ServerProcess): Promise<string> {
  const { accessKey, secretKey } = demoPintalk.keys
  const headers = { 'X-PinTalk-Access-Key': accessKey, 'X-PinTalk-Secret-Key': secretKey }
  const response = await fetch(`${server.url}/api/chat/`, { method: 'POST', headers })
  assert.equal(response.status, 201)
  return ((await response.json()) as { name: string }).name
}

const dial = (server: ServerProcess, room: string): Promise<GuestSocket> =>
  GuestSocket.dial(`${server.url.replace('http', 'ws')}/ws/chat/${room}/`, origin)

/** A guest's messages carry a count, which is their place; the datetime's milliseconds tell neighbours apart. */
class Talker {
  readonly room: string
  /** How many were sent, and of how many the own copy came, in all rounds. */
  sent = 0
  kept = 0

  constructor(room: string) {
    this.room = room
  }

  async talk(server: ServerProcess, told: () => void): Promise<GuestSocket> {
    const socket = await dial(server, this.room)
    await socket.page()
    socket.onFrame = ({ message }) => {
      assert.equal(Number(message), this.kept, 'copies come in the order they were sent')
      this.kept++
      told()
      this.#send(socket)
    }
    for (let count = 0; count < inFlight; count++) this.#send(socket)
    return socket
  }

  #send(socket: GuestSocket): void {
    const ms = String(this.sent % 1000).padStart(3, '0')
    const second = String(Math.floor(this.sent / 1000)).padStart(2, '0')
    socket.says(String(this.sent++), `2023-03-23T12:22:${second}.${ms}`)
  }

  /** Reads all that is stored, page by page. */
  async verify(server: ServerProcess): Promise<void> {
    const socket = await dial(server, this.room)
    const texts: string[] = []
    let page = (await socket.page()).toReversed()
    while (page.length > 0) {
      texts.unshift(...page.map(({ message }) => message).reverse())
      page = [...(await socket.asksBefore(page.at(-1)!.datetime))]
    }
    await socket.leave()
    assert.ok(texts.length >= this.kept, `${this.kept} were told to be kept, ${texts.length} are there`)
    assert.ok(texts.length <= this.sent)
    assert.deepEqual(
      texts,
      Array.from({ length: texts.length }, (_, index) => `${index}`),
    )
    // What was on the way when the process died may have been kept without a word.
    this.kept = this.sent = texts.length
  }
}

test(`SIGKILL under ${guests} guests, ${rounds} times`, { timeout: 120_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const talkers: Talker[] = []
  for (let round = 0; round <= rounds; round++) {
    await using server = await ServerProcess.start(folder, env)
    if (round === 0) for (let index = 0; index < guests; index++) talkers.push(new Talker(await newRoom(server)))
    await Promise.all(talkers.map((talker) => talker.verify(server)))
    if (round === rounds) break
    let wanted = 100 + 53 * round
    const { promise: enough, resolve } = Promise.withResolvers<void>()
    const told = (): void => {
      if (--wanted === 0) resolve()
    }
    const sockets = await Promise.all(talkers.map((talker) => talker.talk(server, told)))
    await enough
    assert.equal((await server.end('SIGKILL')).signal, 'SIGKILL')
    for (const { code } of await Promise.all(sockets.map((socket) => socket.closed))) assert.equal(code, 1006)
  }
  const kept = talkers.reduce((sum, talker) => sum + talker.kept, 0)
  t.diagnostic(`${kept} messages are there`)
  assert.ok(kept >= rounds * 100)
})
