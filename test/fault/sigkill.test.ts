import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { RawStomp } from '../support/raw-stomp.ts'
import { ServerProcess } from '../support/server-process.ts'
import { Sender, storedMessages } from '../support/sender.ts'

/**
 * The process dies in the middle of everything. What a client was told is stored (its receipt, or its own copy of the
 * message) is there after the restart: once, in the order it was said, and the ids of a room have no gaps.
 */

const rounds = 20
const customers = 25
/** Two connections of each customer write in one room. */
const senders = 2 * customers
const env = { MESSAGES_PER_SECOND: '10000', MESSAGE_BURST: '100000', NEW_CUSTOMERS_BURST: '1000' }

async function connect(server: ServerProcess, number: number): Promise<{ raw: RawStomp; roomId: number }> {
  const raw = await RawStomp.connect(server.sockjsUrl, { companyId: '1', gasappMemberNumber: String(number) })
  raw.subscribe('me', '/user/session/message')
  const { roomId } = (await raw.hears('LOGINED')).data['profile'] as { roomId: string }
  return { raw, roomId: Number(roomId) }
}

const numberOf = (index: number): number => 1 + (index % customers)

interface Kept {
  /** Every message of the room by id - 1, as seen in the rounds before. */
  readonly texts: string[]
}

test(`SIGKILL under ${senders} senders, ${rounds} times`, { timeout: 120_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const rooms = new Map<number, Kept>()
  const told = { receipts: 0, copies: 0 }
  let before: Sender[] = []
  for (let round = 0; round <= rounds; round++) {
    await using server = await ServerProcess.start(folder, env)
    await verifyAll(server, before, rooms)
    if (round === rounds) break
    const opened = Array.from({ length: senders }, async (_, index) => {
      const { raw, roomId } = await connect(server, numberOf(index))
      return new Sender(raw, roomId, `${round}/${index}`)
    })
    const lines = await Promise.all(opened)
    for (const line of lines) line.start()
    // Somewhere in the middle: when so many were told, other ones each time.
    await Promise.race([Sender.told(lines, 100 + 53 * round), failing(lines)])
    assert.equal((await server.end('SIGKILL')).signal, 'SIGKILL')
    await Promise.all(lines.map((line) => line.ended))
    for (const { receipts, copies } of lines) {
      told.receipts += receipts.size
      told.copies += copies.size
    }
    before = lines
  }
  t.diagnostic(`${told.receipts} receipts and ${told.copies} copies were true`)
  assert.ok(told.receipts > rounds * 100)
})

async function verifyAll(server: ServerProcess, lines: readonly Sender[], rooms: Map<number, Kept>): Promise<void> {
  for (const [index, { roomId }] of lines.slice(0, customers).entries()) {
    const kept = rooms.get(roomId) ?? { texts: [] }
    rooms.set(roomId, kept)
    const { raw } = await connect(server, numberOf(index))
    kept.texts.push(...(await storedMessages(raw, roomId, kept.texts.length)))
    raw.lose()
    assert.equal(new Set(kept.texts).size, kept.texts.length, 'nothing is there twice')
    for (const line of lines) if (line.roomId === roomId) verify(line, kept)
  }
}

function verify({ name, receipts, copies, sent }: Sender, { texts }: Kept): void {
  const places = new Map(texts.map((text, index) => [text, index + 1]))
  for (const text of receipts) assert.ok(places.has(text), `${text} had its receipt`)
  for (const [text, id] of copies) assert.equal(places.get(text), id, `${text} was told to be ${id}`)
  const mine = texts.filter((text) => text.startsWith(`${name}/`))
  const inOrder = sent.filter((text) => places.has(text))
  assert.deepEqual(mine, inOrder, 'in the order they were said')
  assert.deepEqual(mine, sent.slice(0, mine.length), 'and none before the last is missing')
}

async function failing(lines: readonly Sender[]): Promise<never> {
  await Promise.race(lines.map((line) => line.ended))
  throw new Error('a sender lost its connection before the server was killed')
}
