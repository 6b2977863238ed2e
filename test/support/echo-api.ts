import { nodeCount } from './chosen-servers.ts'

/** A Laravel application that calls laravel-echo-server's HTTP API. */
export class EchoApi {
  readonly #url: string
  readonly #secret: string

  constructor(url: string, { id, secret }: { readonly id: string; readonly secret: string }) {
    this.#url = `${url}/apps/${id}`
    this.#secret = secret
  }

  async call(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    secret = this.#secret,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { Authorization: `Bearer ${secret}`, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }

  /** Rejects when it is not taken. */
  async publish(event: object): Promise<void> {
    const { status, body } = await this.call('POST', '/events', event)
    if (status !== 200) throw new Error(`refused with ${status} ${JSON.stringify(body)}`)
  }

  /** Resolves when so many connections are in a channel, and every server knows it. */
  async joined(channel: string, count: number): Promise<void> {
    const deadline = Date.now() + 10_000
    for (let agreed = 0; ;) {
      const { body } = await this.call('GET', `/channels/${encodeURIComponent(channel)}`)
      const { subscription_count: found } = body as { subscription_count: number }
      agreed = found === count ? agreed + 1 : 0
      if (agreed === nodeCount) return
      if (Date.now() > deadline) throw new Error(`${channel} has ${found} connections, not ${count}`)
    }
  }
}
