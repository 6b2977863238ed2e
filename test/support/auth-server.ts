import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What was asked. */
export interface AuthRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly channel: string
  readonly socketId: string
}

/** Another answer than the usual one. */
export type AuthAnswer = (request: AuthRequest, response: ServerResponse) => void

/** Whose bearer token is the name. */
const users: Readonly<Record<string, { id: number; name: string }>> = {
  ana: { id: 1, name: 'Ana' },
  bo: { id: 2, name: 'Bo' },
}

/**
 * The `/broadcasting/auth` of a Laravel application with the Redis broadcaster: a real server that knows `Bearer ana` and
 * `Bearer bo`, who may join every channel but those with `secret` in the name.
 */
export class AuthServer implements AsyncDisposable {
  readonly requests: AuthRequest[] = []
  readonly #server: Server
  readonly #special = new Map<string, AuthAnswer>()

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (message, response) => {
      let text = ''
      message.setEncoding('utf8')
      message.on('data', (chunk: string) => (text += chunk))
      message.on('end', () => {
        const form = new URLSearchParams(text)
        const channel = form.get('channel_name') ?? ''
        const request = {
          method: message.method ?? '',
          url: message.url ?? '',
          headers: message.headers,
          channel,
          socketId: form.get('socket_id') ?? '',
        }
        this.requests.push(request)
        const answer = this.#special.get(channel) ?? usual
        answer(request, response)
      })
    })
  }

  static async start(): Promise<AuthServer> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new AuthServer(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/broadcasting/auth`
  }

  /** What was asked about a channel. */
  of(channel: string): AuthRequest[] {
    return this.requests.filter((request) => request.channel === channel)
  }

  /** From now on, about this channel. */
  answer(channel: string, answer: AuthAnswer): void {
    this.#special.set(channel, answer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function usual({ headers, channel }: AuthRequest, response: ServerResponse): void {
  const user = users[/^Bearer (\w+)$/.exec(headers.authorization ?? '')?.[1] ?? '']
  if (!user) return json(response, 401, { message: 'Unauthenticated.' })
  if (channel.includes('secret')) return json(response, 403, { message: 'This action is unauthorized.' })
  json(response, 200, channel.startsWith('presence-') ? { channel_data: { user_id: user.id, user_info: user } } : true)
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
