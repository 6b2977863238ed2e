import { Client, type ClientOptions, GitpleLiveError } from '../../sdk/src/gitple-live.ts'
import { SdkWorld } from './sdk-world.ts'

const names = [
  'connected',
  'disconnected',
  'reconnectTry',
  'reconnectSucceed',
  'reconnectFailed',
  'error',
  'gap',
] as const

/** A world with the SDK's clients in it, and what they say of their connection. */
export class SdkClients extends SdkWorld {
  readonly told: string[] = []

  /** Not connected. */
  client(options: Partial<ClientOptions> = {}): Client {
    const usual = { app_id: 'shop', url: 'https://chat.example/', session_token: 'token' }
    const client = new Client({ ...usual, environment: this.environment, ...options })
    for (const name of names) client.on(name, ((first: unknown) => void this.told.push(lineOf(name, first))) as never)
    return client
  }

  /** Of the user ana; nothing is told of how it came to be. */
  async connected(options: Partial<ClientOptions> = {}, positions: object = {}): Promise<Client> {
    const client = this.client(options)
    const connecting = client.connectUser({ user_id: 'ana' })
    await this.settle()
    this.socket.welcome(positions)
    await connecting
    this.told.length = 0
    return client
  }
}

/** What the server tells of a message. */
export function messageFrame(seq: number, more: object = {}, channel_id = 'room'): object {
  const message = { message_id: seq, channel_id, user: { user_id: 'bo' }, content: String(seq), ...more }
  const data = { message, channel: { channel_id, created_at: 7 } }
  return { type: 'event', event: 'group:message_send', channel_id, seq, data }
}

function lineOf(name: string, first: unknown): string {
  return first instanceof GitpleLiveError ? `${name} ${first.code}` : name
}
