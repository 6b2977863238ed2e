/** Two tenants who have everything alike but their secrets: rooms, channels and numbers have the same names. */
export const tenants = ['north', 'south'] as const
export type Tenant = (typeof tenants)[number]

const secretOf = (tenant: Tenant, wire: string): string => `the secret of ${tenant} for ${wire}`

/** What an app of the configuration file says, as far as clients know it too. */
export const appOf = (tenant: Tenant) => ({
  id: tenant,
  name: tenant,
  origins: ['*'],
  cstalk: { companyId: tenant, jwtSecret: secretOf(tenant, 'cstalk') },
  pintalk: { jwtSecret: secretOf(tenant, 'pintalk') },
  commu: { jwtSecret: secretOf(tenant, 'commu') },
  laravel: {
    id: `${tenant}-id`,
    key: `${tenant}-key`,
    secret: secretOf(tenant, 'publishing'),
    jwtSecret: secretOf(tenant, 'laravel'),
    redisPrefix: `${tenant}_database_`,
    // So that a newcomer is told when it is in.
    channels: { chat: { send: 'clients', data: ['message', 'name'], stored: true, presence: true } },
  },
  gitplelive: { appId: `${tenant}_app`, apiKey: secretOf(tenant, 'gitplelive') },
})

/** The configuration file. */
export function configuration(): string {
  return JSON.stringify({ apps: tenants.map(appOf) }, null, 2)
}

/** Settings by the names of their environment variables, without `PARLANCE_`. */
export const settings = {
  CONFIG: 'apps.json',
  LOG_LEVEL: 'warn',
  // Who is cut off finds out in seconds, and not in minutes: a run is short.
  PING_INTERVAL_MS: '3000',
  STOMP_HEARTBEAT_MS: '3000',
  SOCKJS_HEARTBEAT_MS: '3000',
  PUSHER_ACTIVITY_TIMEOUT_MS: '4000',
  PUSHER_PONG_TIMEOUT_MS: '3000',
  DRAIN_TIMEOUT_MS: '3000',
  // Everybody here has one address.
  MESSAGES_PER_SECOND: '10000',
  MESSAGE_BURST: '100000',
  FRAMES_PER_SECOND: '10000',
  FRAME_BURST: '100000',
  GUEST_MESSAGES_PER_SECOND: '10000',
  GUEST_MESSAGE_BURST: '100000',
  DIALS_PER_SECOND: '10000',
  DIAL_BURST: '100000',
  NEW_CUSTOMERS_BURST: '10000',
} as const
