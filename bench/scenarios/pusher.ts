import { createHash } from 'node:crypto'
import { demoApp } from '../../src/demo.ts'
import { sign } from '../../src/wire/pusher/signatures.ts'
import { gather, type Crowd } from '../load/crowd.ts'
import { HttpPublisher } from '../load/http-publisher.ts'
import { published, PusherTalker } from '../load/pusher-talker.ts'
import { Tally } from '../load/talker.ts'
import { startParlance } from '../subject/servers.ts'
import type { Spoken } from './spoken.ts'

type Fanned = Pick<Spoken, 'name' | 'oneRoom'>

/** Pages with Laravel Echo in a private channel; one whispers to the others. */
export const pusherWhisper: Fanned = {
  name: 'parlance pusher',

  async oneRoom(where, listeners): Promise<Crowd> {
    const subject = await startParlance(where, pusherWhisper.name)
    const tally = new Tally()
    const talkers = await gather(listeners + 1, () => PusherTalker.connect(subject.port, tally))
    const close = (): void => talkers.forEach((talker) => talker.close())
    return { subject, rooms: [[talkers[0]!]], audience: listeners, tally, close }
  },
}

/** The same channel, and the application publishes over the signed HTTP API. */
export const pusherHttp: Fanned = {
  name: 'parlance pusher over HTTP',

  async oneRoom(where, listeners): Promise<Crowd> {
    const subject = await startParlance(where, pusherHttp.name)
    const tally = new Tally()
    const talkers = await gather(listeners, () => PusherTalker.connect(subject.port, tally))
    const body = JSON.stringify(published)
    const path = signedPath(`/apps/${demoApp.laravel.id}/events`, body)
    const publisher = await HttpPublisher.connect({ port: subject.port, path, headers: [], body, answer: '{}' }, tally)
    const close = (): void => [publisher, ...talkers].forEach((one) => one.close())
    return { subject, rooms: [[publisher]], audience: listeners, tally, close }
  },
}

/** Good for ten minutes, which is longer than any scenario takes. */
function signedPath(path: string, body: string): string {
  const { key, secret } = demoApp.laravel
  const query = [
    `auth_key=${key}`,
    `auth_timestamp=${Math.floor(Date.now() / 1000)}`,
    'auth_version=1.0',
    `body_md5=${createHash('md5').update(body).digest('hex')}`,
  ].join('&')
  return `${path}?${query}&auth_signature=${sign(secret, `POST\n${path}\n${query}`)}`
}
