import { ChatError } from '../../core/errors.ts'
import type { Shelf } from '../../core/nodes.ts'
import type { RedisClient } from './redis-connection.ts'

export const maxKeyChars = 512

/** A key in Redis for each entry. A Redis that doesn't answer in time rejects as `unavailable`. */
export class RedisShelf implements Shelf {
  readonly #commands: RedisClient
  readonly #prefix: string

  constructor(commands: RedisClient, prefix: string) {
    this.#commands = commands
    this.#prefix = prefix
  }

  get(key: string): Promise<string | null> {
    return this.#ask(key, (name) => this.#commands.get(name))
  }

  async put(key: string, value: string, forMs: number): Promise<void> {
    await this.#ask(key, (name) => this.#commands.set(name, value, 'PX', wholeMs(forMs)))
  }

  async add(key: string, value: string, forMs: number): Promise<boolean> {
    const done = await this.#ask(key, (name) => this.#commands.set(name, value, 'PX', wholeMs(forMs), 'NX'))
    return done === 'OK'
  }

  take(key: string): Promise<string | null> {
    return this.#ask(key, (name) => this.#commands.getdel(name))
  }

  async remove(key: string): Promise<void> {
    await this.#ask(key, (name) => this.#commands.del(name))
  }

  async #ask<T>(key: string, command: (name: string) => Promise<T>): Promise<T> {
    if (key.length > maxKeyChars) throw new ChatError('invalid', 'That is too long.')
    try {
      return await command(this.#prefix + key)
    } catch {
      throw new ChatError('unavailable', 'Not now, please try again.')
    }
  }
}

function wholeMs(ms: number): number {
  return Math.max(1, Math.ceil(ms))
}
