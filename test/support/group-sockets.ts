import { RateLimit } from '../../src/core/limits.ts'
import { GitpleliveSockets } from '../../src/protocols/gitplelive/socket/sockets.ts'
import { GitpleliveRest } from './gitplelive-rest.ts'
import { GroupLine } from './group-line.ts'

interface Hello {
  readonly positions?: object
  readonly token?: string
  readonly [more: string]: unknown
}

/** Another set of sockets over the same REST. */
export function socketsOf({ shared }: GitpleliveRest, more: object = {}, maxResumed = 5): GitpleliveSockets {
  const limit = (burst: number) => new RateLimit({ perSecond: 1, burst, now: shared.now })
  const live = {
    frames: limit(1000),
    maxChannels: 3,
    connectTimeoutMs: 10_000,
    heartbeatMs: 25_000,
    maxReplayBytes: 100_000,
    ...more,
  }
  return new GitpleliveSockets({ shared, live, dials: limit(100), maxResumed, wire: {} })
}

/** The SDK's sockets without a network: users ana, bo and cy, the first two in channel_1, and a clock that tests move. */
export class GroupSockets implements AsyncDisposable {
  readonly rest: GitpleliveRest
  sockets: GitpleliveSockets

  private constructor(rest: GitpleliveRest) {
    this.rest = rest
    this.sockets = socketsOf(rest)
  }

  static async open(): Promise<GroupSockets> {
    const rest = await GitpleliveRest.open()
    const house = new GroupSockets(rest)
    await rest.users('ana', 'bo', 'cy')
    await rest.channel('channel_1', 'ana', 'bo')
    return house
  }

  /** A first frame. */
  async hello(userId: string, more: Hello = {}): Promise<object> {
    const token = more.token ?? (await this.rest.token(userId))
    const capabilities = ['resume', 'typing', 'receipts', 'users']
    return { type: 'hello', version: 1, app_id: 'shop_app', user_id: userId, capabilities, ...more, token }
  }

  /** Connected, and told what was missed. */
  async dial(userId: string, more: Hello = {}): Promise<GroupLine> {
    const line = new GroupLine(this.sockets.accept)
    line.send(await this.hello(userId, more))
    await line.first('ready')
    return line
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rest[Symbol.asyncDispose]()
  }
}
