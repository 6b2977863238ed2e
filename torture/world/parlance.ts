import { join } from 'node:path'
import { settings } from './apps.ts'
import { Daemon } from './daemon.ts'
import type { Address } from './network.ts'

const program = join(import.meta.dirname, '..', '..', 'bin', 'parlance.js')

/** One of the servers that serve together. */
export interface Node {
  readonly name: string
  /** Where clients reach it. */
  readonly url: string
  readonly daemon: Daemon
}

export interface NodeOptions {
  readonly name: string
  readonly address: Address
  /** Of `apps.json`. */
  readonly folder: string
  /** By the names of their environment variables, without `PARLANCE_`. */
  readonly env: Readonly<Record<string, string>>
  readonly onLine: (line: string) => void
}

/** It isn't running yet. */
export function parlance({ name, address, folder, env, onLine }: NodeOptions): Node {
  const own = {
    HOST: address.front === '127.0.0.1' ? '127.0.0.1' : '0.0.0.0',
    PORT: String(address.port),
    NODE_URL: `http://${address.back}:${address.port}`,
    DATA_DIR: join(folder, 'data'),
    ...settings,
    CONFIG: join(folder, settings.CONFIG),
    ...env,
  }
  const named = Object.entries(own).map(([key, value]) => [`PARLANCE_${key}`, value])
  const daemon = new Daemon({
    name,
    argv: [...address.prefix, process.execPath, program, 'start'],
    // Nothing of this machine's own settings.
    env: { PATH: process.env['PATH'], ...Object.fromEntries(named) },
    isReady: (line) => line.includes('listening on '),
    onLine,
  })
  return { name, url: `http://${address.front}:${address.port}`, daemon }
}
