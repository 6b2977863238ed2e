import { createHmac } from 'node:crypto'
import type { App, Meta } from '../../core/model.ts'
import type { Clock } from '../../core/ports.ts'
import type { SocketTokens } from './socket/claims.ts'
import type { LaravelApp } from './settings.ts'
import type { Words } from './words.ts'

/** Keeps what is to be told until it is told; false when too much waits already. Matched by the jobs' caller. */
export type TellLater = (app: App, purpose: string, body: Meta) => Promise<boolean>

export const callbackPurpose = 'laravel_callback'
/** The application checks the token at once. */
const tokenSeconds = 300

/** Tells an application what its clients said, in the original's way: who said it is in the token. */
export class Callbacks {
  readonly #tokens: SocketTokens
  readonly #apps: readonly LaravelApp[]
  readonly #now: Clock

  constructor(apps: readonly LaravelApp[], tokens: SocketTokens, now: Clock) {
    this.#apps = apps
    this.#tokens = tokens
    this.#now = now
  }

  /** What is kept of a message until it is told. No token: the one of the sender may have expired by then. */
  static bodyOf(channel: string, { speaker, data, text }: Words): Meta {
    return { channel, id: speaker.id, name: speaker.name, content: text, data }
  }

  /** The call; null when the app has no callback any more. */
  async compose({ id, appId, body }: { id: number; appId: string; body: Meta }) {
    const app = this.#apps.find(({ app: one }) => one.id === appId)
    const url = app?.settings.callbackUrl
    const { id: userId, name, channel, content, data } = body
    if (!app || !url || typeof userId !== 'number' || typeof name !== 'string' || typeof channel !== 'string')
      return null
    const token = await this.#tokens.issue(app, { id: userId, name, channel }, tokenSeconds)
    const head = JSON.stringify({ content, channel, sender: { name, id: userId } }).slice(0, -1)
    const json = `${head},"data":${String(data)}}`
    const timestamp = String(Math.floor(this.#now() / 1000))
    const signature = createHmac('sha256', app.settings.secret).update(`${timestamp}.${json}`).digest('hex')
    return {
      url,
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        Authorization: `Bearer ${token}`,
        'X-Parlance-Delivery': String(id),
        'X-Parlance-Timestamp': timestamp,
        'X-Parlance-Signature': signature,
      },
      body: json,
      publicOnly: false,
    }
  }
}
