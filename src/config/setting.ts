import type { Parser } from './parsers.ts'

export interface Setting<T> {
  readonly env: `PARLANCE_${string}`
  readonly default: T
  readonly parser: Parser<T>
  /** One sentence for docs/configuration.md. */
  readonly doc: string
}

export function setting<T>(name: string, fallback: NoInfer<T>, parser: Parser<T>, doc: string): Setting<T> {
  return { env: `PARLANCE_${name}`, default: fallback, parser, doc }
}

export const second = 1000
export const hour = 3600 * second
export const kib = 1024
export const mib = 1024 * kib
