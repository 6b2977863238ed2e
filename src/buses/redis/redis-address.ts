/** Where the Redis is, as the setting names it. */
export interface RedisAddress {
  readonly kind: 'plain' | 'sentinel' | 'cluster'
  readonly tls: boolean
  /** The server, the sentinels, or some nodes of the cluster. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  readonly username: string | null
  readonly password: string | null
  readonly db: number
  /** What the sentinels call the group of servers. */
  readonly masterName: string | null
  readonly sentinelPassword: string | null
}

const form = /^(redis|rediss)(-sentinel|-cluster)?:\/\/(?:([^@/]*)@)?([^/?@]+)(?:\/([^?]*))?(?:\?(.*))?$/

/**
 * Reads `redis://[user][:password@]host[:port][/db]`, `redis-sentinel://[…@]host[:port],…/mastername[/db]` and
 * `redis-cluster://[…@]host[:port],…`; `rediss` for TLS. The password is the Redis servers'; that of the sentinels is
 * `?sentinelPassword=`. What it throws never repeats the address.
 */
export function parseRedisAddress(url: string): RedisAddress {
  const [, scheme, suffix, credentials, hosts = '', path = '', query = ''] = form.exec(url) ?? []
  if (scheme === undefined) throw new Error('the address of Redis can not be read')
  const kind = suffix === '-sentinel' ? 'sentinel' : suffix === '-cluster' ? 'cluster' : 'plain'
  const [user = '', ...rest] = (credentials ?? '').split(':')
  const steps = path.split('/').filter((step) => step !== '')
  const masterName = kind === 'sentinel' ? decoded(steps.shift() ?? '') : null
  if (masterName === '')
    throw new Error('the address of the Redis sentinels must end with /NAME, what they call the master')
  const db = Number(steps.shift() ?? 0)
  if (!Number.isInteger(db) || db < 0 || steps.length > 0) {
    throw new Error('the path of the address of Redis must be the number of a database')
  }
  if (kind === 'cluster' && db !== 0) throw new Error('a Redis Cluster has no database but 0')
  return {
    kind,
    tls: scheme === 'rediss',
    hosts: hosts.split(',').map((host) => hostOf(host, kind === 'sentinel' ? 26379 : 6379)),
    username: decoded(user) || null,
    password: decoded(rest.join(':')) || null,
    db,
    masterName,
    sentinelPassword: new URLSearchParams(query).get('sentinelPassword'),
  }
}

function hostOf(text: string, standardPort: number): { host: string; port: number } {
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? []
  const host = bracketed ?? name
  if (host === undefined) throw new Error('a host in the address of Redis can not be read')
  return { host, port: port === undefined ? standardPort : Number(port) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A password with a bare % in it.
    return text
  }
}
