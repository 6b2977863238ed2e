import type { Client, Message } from '../../sdk/src/gitple-live.ts'

/** The messages of a channel as one client is told them, in that order. */
export class Heard {
  readonly messages: Message[] = []
  readonly #waiting: { isEnough: () => boolean; resolve: () => void }[] = []

  constructor(client: Client, channelId: string) {
    client.on('group:message_send', (message) => {
      if (message.channel_id !== channelId) return
      this.messages.push(message)
      for (const { isEnough, resolve } of this.#waiting) if (isEnough()) resolve()
    })
  }

  get words(): (string | undefined)[] {
    return this.messages.map(({ content }) => content)
  }

  get ids(): number[] {
    return this.messages.map(({ message_id }) => message_id)
  }

  /** Resolves once so many were told. */
  async reaches(count: number): Promise<void> {
    const isEnough = (): boolean => this.messages.length >= count
    if (!isEnough()) await new Promise<void>((resolve) => this.#waiting.push({ isEnough, resolve }))
  }
}

/** Resolves with what the next event of that name tells. */
export function next<Name extends Parameters<Client['once']>[0]>(client: Client, name: Name): Promise<unknown[]> {
  return new Promise((resolve) => client.once(name, ((...args: unknown[]) => resolve(args)) as never))
}
