import type { LaravelApp } from '../settings.ts'

/** As PSUBSCRIBE takes it: whatever begins with the prefix. */
export function patternOf(prefix: string): string {
  return `${prefix.replaceAll(/[*?[\]\\]/g, '\\$&')}*`
}

/** What two addresses of one Redis have in common: what is published has no database number, and is heard under any password. */
export function serverOf(redisUrl: string): string {
  const { hostname, port } = new URL(redisUrl)
  return `${hostname}:${port || '6379'}`
}

/**
 * Whose a Redis channel is, where several applications share a Redis. One prefix may begin another (`shop-`, `shop-test-`):
 * Redis then tells of a channel once for each pattern, and it belongs to the longest.
 */
export class Prefixes {
  readonly #apps: readonly LaravelApp[]

  constructor(apps: readonly LaravelApp[]) {
    this.#apps = apps.toSorted((a, b) => b.settings.redisPrefix.length - a.settings.redisPrefix.length)
  }

  /** Null when this is not the pattern by which the channel's app hears it. */
  appOf(pattern: string, channel: string): LaravelApp | null {
    const app = this.#apps.find(({ settings }) => channel.startsWith(settings.redisPrefix))
    return app && patternOf(app.settings.redisPrefix) === pattern ? app : null
  }
}
