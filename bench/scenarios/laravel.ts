import { demoApp } from '../../src/demo.ts'
import { SocketTokens, type Claims } from '../../src/protocols/laravel/socket/claims.ts'
import { gather, type Crowd } from '../load/crowd.ts'
import { HttpPublisher } from '../load/http-publisher.ts'
import { JwtTalker } from '../load/jwt-talker.ts'
import { Tally } from '../load/talker.ts'
import { text } from '../load/text.ts'
import { startParlance } from '../subject/servers.ts'
import type { Spoken } from './spoken.ts'

const app = { app: demoApp, settings: demoApp.laravel }
const tokens = new SocketTokens([app], Date.now)

/** A token of the demo application's, good for a day. */
export function tokenFor(claims: Claims): Promise<string> {
  return tokens.issue(app, claims, 24 * 3600)
}

/** Pages of a Laravel application in one chat; each is a user of its own. */
async function pages(port: number, channel: string, count: number, tally: Tally): Promise<JwtTalker[]> {
  return gather(count, async (index) => {
    const token = await tokenFor({ id: index + 1, name: `user ${index + 1}`, channel })
    return JwtTalker.connect(port, token, tally)
  })
}

function closing(talkers: readonly { close(): void }[]): () => void {
  return () => talkers.forEach((talker) => talker.close())
}

/** The JWT socket: a page speaks, `sended` says that it is kept. */
export const laravelJwt: Spoken = {
  name: 'parlance laravel-jwt',

  async oneRoom(where, listeners) {
    const subject = await startParlance(where, laravelJwt.name)
    const tally = new Tally()
    const talkers = await pages(subject.port, 'chat:bench', listeners + 1, tally)
    return { subject, rooms: [[talkers[0]!]], audience: listeners + 1, tally, close: closing(talkers) }
  },

  async pairs(where, count) {
    const subject = await startParlance(where, laravelJwt.name)
    const tally = new Tally()
    const rooms = await gather(count, (index) => pages(subject.port, `chat:bench${index}`, 2, tally))
    return { subject, rooms, audience: 2, tally, close: closing(rooms.flat()) }
  },
}

/** The same chat, and the application speaks, over HTTP. */
export const laravelHttp = {
  name: 'parlance laravel-jwt over HTTP',

  async oneRoom(where, listeners): Promise<Crowd> {
    const subject = await startParlance(where, laravelHttp.name)
    const tally = new Tally()
    const channel = 'chat:bench'
    const talkers = await pages(subject.port, channel, listeners, tally)
    const { id, secret } = demoApp.laravel
    const publishing = {
      port: subject.port,
      path: `/api/laravel/${id}/broadcast`,
      headers: [`Authorization: Bearer ${secret}`],
      body: JSON.stringify({ channel, data: { message: text, name: 'bench' } }),
      answer: '{"ok":true}',
    }
    const publisher = await HttpPublisher.connect(publishing, tally)
    return { subject, rooms: [[publisher]], audience: listeners, tally, close: closing([publisher, ...talkers]) }
  },
} as const satisfies Pick<Spoken, 'name' | 'oneRoom'>
