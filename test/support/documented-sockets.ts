import assert from 'node:assert/strict'
import { Errors } from 'typebox/schema'
import type { DemoServer } from './demo-server.ts'
import { Inbox } from './inbox.ts'
import { strict } from './strict-schema.ts'

interface AsyncApi {
  readonly channels: Readonly<
    Record<string, { readonly messages: Readonly<Record<string, { readonly payload: object }>> }>
  >
  readonly components: object
}

interface Heard {
  readonly name: string
  readonly payload: unknown
}

/** Holds what clients hear against what the server's own document says of it: nothing less, and nothing more. */
export class DocumentedSockets {
  readonly #document: AsyncApi
  readonly #unheard: Set<string>
  readonly #strays: string[] = []

  private constructor(document: AsyncApi) {
    this.#document = strict(document)
    const ids = Object.entries(document.channels).flatMap(([channel, { messages }]) =>
      Object.keys(messages).map((id) => `${channel} ${id}`),
    )
    this.#unheard = new Set(ids.filter((id) => id.includes(' toClient.')).map((id) => id.replace('toClient.', '')))
  }

  static async of(server: DemoServer): Promise<DocumentedSockets> {
    return new DocumentedSockets(await server.json('/asyncapi.json'))
  }

  /** Messages of a channel that nobody heard. Nobody heard anything else, or this throws. */
  unheard(channel: string): string[] {
    assert.deepEqual(this.#strays, [])
    return [...this.#unheard].filter((id) => id.startsWith(`${channel} `)).map((id) => id.slice(channel.length + 1))
  }

  /** Somebody who hears a channel. */
  ear(channel: string): Ear {
    return new Ear((payload) => this.#nameOf(channel, payload))
  }

  #nameOf(channel: string, payload: unknown): string {
    const { components, channels } = this.#document
    const messages = Object.entries(channels[channel]?.messages ?? {}).filter(([id]) => id.startsWith('toClient.'))
    const fitting = messages.filter(([, message]) => Errors({ ...message.payload, components }, payload)[0])
    const names = fitting.map(([id]) => id.slice('toClient.'.length))
    if (names.length === 0) this.#strays.push(`${channel}: ${JSON.stringify(payload)}`)
    for (const name of names) this.#unheard.delete(`${channel} ${name}`)
    return names.join(' or ')
  }
}

/** What came on one channel, by the names that the document has for it. */
export class Ear {
  readonly #nameOf: (payload: unknown) => string
  readonly #inbox = new Inbox<Heard>(({ name, payload }) => `${name} ${JSON.stringify(payload)}`)

  constructor(nameOf: (payload: unknown) => string) {
    this.#nameOf = nameOf
  }

  take(payload: unknown): void {
    this.#inbox.put({ name: this.#nameOf(payload), payload })
  }

  /** What fits several names is every one of them. */
  async hears<T>(wanted: string): Promise<T> {
    const { payload } = await this.#inbox.take(wanted, ({ name }) => name.split(' or ').includes(wanted))
    return payload as T
  }
}
