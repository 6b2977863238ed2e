import { createHmac } from 'node:crypto'

/** The application's side, as Laravel has it: the tokens for its pages, and what it publishes. */

const users = new Map([
  [7, 'Ana'],
  [9, 'Bo'],
])

export class Application {
  #publish
  #jwtSecret
  #tweets = 0

  /** `publish` brings `{channel, data}` to the chat server. */
  constructor({ publish, jwtSecret }) {
    this.#publish = publish
    this.#jwtSecret = jwtSecret
  }

  /** What a page of a user needs: a token for each channel it is in. */
  pageOf(id) {
    const name = users.get(id)
    if (name === undefined) return null
    const token = (channel) => this.#token({ id, name, channel })
    return {
      id,
      name,
      tokens: { chat: token('chat:room1'), tweet: token('tweet:'), progress: token(`progress:${id}`) },
    }
  }

  /** The calls of a page, by their path. */
  calls = {
    '/rpc/chat/send_message': ({ id, message }) =>
      this.#publish({ channel: 'chat:room1', data: { message: String(message), name: users.get(id) } }),
    '/rpc/tweet/store_tweet': async ({ id, content }) => {
      const created = new Date().toISOString().replace('Z', '000Z')
      const user = { id, name: users.get(id) }
      const tweet = { id: ++this.#tweets, content: String(content).slice(0, 280), created_at: created, user }
      await this.#publish({ channel: 'tweet:', data: { tweet } })
    },
    '/rpc/development/start_slow_job': async ({ id }) => void this.#work(id),
  }

  /** A queue's job that tells how far it is. */
  async #work(id) {
    for (let cursor = 1; cursor <= 100; cursor++) {
      const detail = { detailType: 'progress', cursor, total: 100 }
      const info = { type: 'sample_job_progress', title: 'A slow job', detail }
      await this.#publish({ channel: `progress:${id}`, data: { info } }).catch(console.error)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  #token(claims) {
    const iat = Math.floor(Date.now() / 1000)
    const parts = [
      { alg: 'HS256', typ: 'JWT' },
      { ...claims, iat, exp: iat + 12 * 3600 },
    ]
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    return `${signed}.${createHmac('sha256', this.#jwtSecret).update(signed).digest('base64url')}`
  }
}

/** As `Redis::publish('broadcast', json_encode(…))` does. */
export async function redisPublisher(url, prefix) {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url)
  return async (message) => void (await redis.publish(`${prefix}broadcast`, phpJson(message)))
}

/** For an application without a Redis that the chat server reaches too. */
export function httpPublisher(chat, id, secret) {
  return async (message) => {
    const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' }
    const response = await fetch(`${chat}/api/laravel/${id}/broadcast`, {
      method: 'POST',
      headers,
      body: JSON.stringify(message),
    })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  }
}

/** PHP's `json_encode` escapes slashes, and all that is not ASCII. */
function phpJson(value) {
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replaceAll(/[\u0080-\uffff]/g, escaped)
}
