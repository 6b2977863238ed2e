import type { Section } from './section.ts'

export interface LaravelConfig {
  /** As of a Pusher server. */
  readonly id: string
  readonly key: string
  readonly secret: string
  /** Signs and checks the tokens of the JWT socket (HS256). */
  readonly jwtSecret: string
  /** Kinds of channels of the JWT socket, by name. */
  readonly channels: ReadonlyMap<string, ChannelKindConfig>
  /** Null: the server's, if there is one. */
  readonly redisUrl: string | null
  readonly redisPrefix: string
  readonly callbackUrl: string | null
  readonly authEndpoint: string | null
  /** Clients may whisper. */
  readonly clientEvents: boolean
  readonly webhooks: readonly WebhookConfig[]
}

export interface ChannelKindConfig {
  readonly send: 'clients' | 'server'
  /** What `data` may hold; null for anything. */
  readonly data: readonly string[] | null
  readonly stored: boolean
  readonly presence: boolean
}

export interface WebhookConfig {
  readonly url: string
  readonly events: readonly string[]
}

/** Those of the original. */
export const defaultChannels: ReadonlyMap<string, ChannelKindConfig> = new Map([
  ['chat', { send: 'clients', data: ['message', 'name'], stored: true, presence: false }],
  ['tweet', { send: 'clients', data: ['tweet'], stored: false, presence: false }],
  ['progress', { send: 'server', data: ['info'], stored: false, presence: false }],
])

const newChannel: ChannelKindConfig = { send: 'server', data: null, stored: false, presence: false }
const channelName = /^[A-Za-z0-9_-]{1,40}$/
const fieldName = /^[A-Za-z0-9_-]{1,80}$/
const word = { pattern: /^[A-Za-z0-9_.-]{1,80}$/, expected: '1 to 80 letters, digits and _ . -' }
const webhookEvents = [
  'channel_occupied',
  'channel_vacated',
  'member_added',
  'member_removed',
  'client_event',
  'cache_miss',
] as const

/** The secrets are those of an existing Laravel application, so their length is not ours to choose. */
export function readLaravel(section: Section): LaravelConfig {
  return {
    id: section.text('id', word),
    key: section.text('key', word),
    secret: section.secret('secret', 1),
    jwtSecret: section.secret('jwtSecret', 8),
    channels: readChannels(section),
    redisUrl: readRedisUrl(section),
    redisPrefix: section.text('redisPrefix', { pattern: /^.{0,100}$/, expected: 'a text', fallback: '' }),
    callbackUrl: section.webUrl('callbackUrl'),
    authEndpoint: section.webUrl('authEndpoint'),
    clientEvents: section.flag('clientEvents', true),
    webhooks: readWebhooks(section),
  }
}

function readChannels(section: Section): ReadonlyMap<string, ChannelKindConfig> {
  const channels = new Map(defaultChannels)
  const inner = section.section('channels')
  for (const name of inner?.keys() ?? []) {
    const kind = inner?.section(name)
    if (!kind) continue
    if (!channelName.test(name)) section.refuse('channels', name, 'names of 1 to 40 letters, digits, _ and -')
    channels.set(name, readChannel(kind, defaultChannels.get(name) ?? newChannel))
    kind.done()
  }
  inner?.done()
  return channels
}

function readChannel(section: Section, fallback: ChannelKindConfig): ChannelKindConfig {
  const send = section.text('send', {
    pattern: /^(?:clients|server)$/,
    expected: '"clients" (and the server) or "server" (alone)',
    fallback: fallback.send,
  })
  const data = section.texts('data', 'a list of the fields that it may hold', (field) => fieldName.test(field))
  return {
    send: send === 'clients' ? 'clients' : 'server',
    data: data.length > 0 ? data : fallback.data,
    stored: section.flag('stored', fallback.stored),
    presence: section.flag('presence', fallback.presence),
  }
}

/** May hold a password: it may be given as `{"env": "NAME"}` and is never repeated. */
function readRedisUrl(section: Section): string | null {
  const url = section.secret('redisUrl', 1, null)
  if (!url) return null
  if (/^rediss?:$/.test(URL.parse(url)?.protocol ?? '')) return url
  section.refuseSecret('redisUrl', 'an address that starts with redis:// or rediss://')
  return null
}

function readWebhooks(section: Section): readonly WebhookConfig[] {
  return section.optionalSections('webhooks', 10).map((one) => {
    const expected = `a list of ${webhookEvents.join(', ')}`
    const events = one.texts('events', expected, (name) => webhookEvents.some((known) => known === name))
    const url = one.webUrl('url')
    if (url === null) one.refuse('url', url, 'an http:// or https:// address')
    one.done()
    return { url: url ?? '', events: events.length > 0 ? events : webhookEvents }
  })
}
