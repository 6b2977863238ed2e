import { PusherError } from '../../../wire/pusher/pusher-error.ts'
import type { LaravelApp } from '../settings.ts'

/** What stands in the address of a new connection. */
export interface Dial {
  readonly key: string
  /** Null when the client doesn't say. */
  readonly protocol: string | null
}

const path = /^\/app(?:\/([^/?]*))?\/?(?:\?|$)/

/** Null for an address that is not of this protocol. */
export function parseDial(url: string): Dial | null {
  const found = path.exec(url)
  if (!found) return null
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1 || url.length))
  return { key: found[1] ?? '', protocol: query.get('protocol') }
}

/** The app that a client may connect to. Throws a `PusherError`. */
export function appFor({ key, protocol }: Dial, apps: readonly LaravelApp[]): LaravelApp {
  if (key === '') throw new PusherError(4005, 'Path not found')
  // The frames of 5 and 6 are the same; clients for Android still say 5.
  if (protocol === null) throw new PusherError(4008, 'No protocol version supplied')
  if (!/^\d{1,3}$/.test(protocol)) throw new PusherError(4006, 'Invalid version string format')
  if (!['5', '6', '7'].includes(protocol)) throw new PusherError(4007, 'Unsupported protocol version')
  const app = apps.find(({ settings }) => settings.key === key)
  if (!app) throw new PusherError(4001, 'Application does not exist')
  return app
}
