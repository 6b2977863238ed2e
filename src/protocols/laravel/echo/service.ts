import type {
  EventHandler,
  Knock,
  NamespaceLine,
  NamespaceService,
  Refusal,
  Welcome,
} from '../../../wire/socketio/service.ts'
import { newSocketId } from '../socket-id.ts'
import type { LaravelApp } from '../settings.ts'
import { mayUseCookies } from './auth-headers.ts'
import { appFor, appParameters } from './choice.ts'
import { EchoConnection } from './connection.ts'
import type { EchoHouse } from './house.ts'
import { readSubscribe } from './inbound.ts'
import { refusedText, rootFraming } from './words.ts'

/** The root namespace, which is all that laravel-echo-server has. */
export class EchoService implements NamespaceService {
  readonly headers = ['cookie', 'host'] as const
  readonly parameters = appParameters
  readonly #house: EchoHouse

  constructor(house: EchoHouse) {
    this.#house = house
  }

  owns(namespace: string): boolean {
    return namespace === '/'
  }

  async admit(knock: Knock): Promise<Welcome | Refusal> {
    const { apps, clients, limits } = this.#house
    const app = appFor(knock, apps)
    if (typeof app === 'string') return knock.revision === 3 ? passing(app) : { refused: app }
    if (clients.of(app.app.id) >= limits.maxConnections) return { refused: 'Over capacity, try again later' }
    return { enter: () => ({ id: newSocketId(), accept: (line) => this.#connection(app, knock, line) }) }
  }

  #connection(app: LaravelApp, { headers, origin }: Knock, line: NamespaceLine): EchoConnection {
    const { cookie = null, host } = headers
    const isOwn = mayUseCookies(app.app.origins, { origin, host })
    return new EchoConnection(this.#house, app, line, isOwn ? cookie : null)
  }
}

/** Clients 2 pass through the root namespace on their way to another: it is only wrong to stay. */
function passing(advice: string): Welcome {
  return { enter: () => ({ accept: (line) => new Passing(line, advice) }) }
}

class Passing implements EventHandler {
  readonly #line: NamespaceLine
  readonly #advice: string

  constructor(line: NamespaceLine, advice: string) {
    this.#line = line
    this.#advice = advice
  }

  event(name: string, args: readonly unknown[]): void {
    if (name !== 'subscribe') return
    this.#line.emit('error', this.#advice)
    const channel = readSubscribe(args[0])?.channel.slice(0, 200)
    if (channel !== undefined) this.#line.push(rootFraming.frame(refusedText(channel, 404)))
  }

  closed(): void {}
}
