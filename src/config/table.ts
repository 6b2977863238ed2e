import { integer, oneOf, optional, path, secretText, serviceUrl, text, webUrl, words } from './parsers.ts'
import {
  communitySettings,
  groupSettings,
  guestSettings,
  laravelSettings,
  pusherSettings,
  socketioSettings,
  sockjsSettings,
  stompSettings,
} from './protocol-settings.ts'
import { second, hour, kib, mib, setting } from './setting.ts'

const mailbox = /^(?:[^<>\p{Cc}]{0,100}<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u

const serverSettings = {
  host: setting(
    'HOST',
    '127.0.0.1',
    text('a host name or an IP address', /^[A-Za-z0-9.:_-]+$/),
    'The address to listen on.',
  ),
  port: setting('PORT', 8080, integer(0, 65_535), 'The port to listen on; 0 for any free one.'),
  publicUrl: setting(
    'PUBLIC_URL',
    null,
    webUrl,
    'The address at which clients reach the server, where it differs from the one it listens on.',
  ),
  dataDir: setting('DATA_DIR', './data', path, 'The folder of the database and of uploaded files.'),
  configFile: setting(
    'CONFIG',
    null,
    optional(path),
    'The JSON file with the apps. Without it there is the demo app, on loopback only.',
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    null,
    serviceUrl('mysql'),
    'A MySQL 8 or MariaDB (10.11 or newer) database, such as `mysql://user:password@host/parlance`. Without it, SQLite in the data folder.',
  ),
  redisUrl: setting(
    'REDIS_URL',
    null,
    serviceUrl('redis', 'rediss', 'redis-sentinel', 'rediss-sentinel', 'redis-cluster', 'rediss-cluster'),
    'With a database at DATABASE_URL: the Redis through which several nodes serve together, such as `redis://:password@host`, `redis-sentinel://:password@host:26379,host2:26379/mastername` or `redis-cluster://:password@host,host2`. A `redis://` or `rediss://` one is also listened to for what Laravel applications publish; an app’s own `laravel.redisUrl` wins.',
  ),
  redisPrefix: setting(
    'REDIS_PREFIX',
    'parlance',
    text('1 to 40 letters, digits and _ . -', /^[\w.-]{1,40}$/),
    'What the names of all its keys and channels in Redis begin with. Nodes that serve together have the same one.',
  ),
  ack: setting(
    'ACK',
    'stored',
    oneOf(['stored', 'accepted']),
    'With several nodes, when a sender hears that its message is kept: when it is in the database, or as soon as Redis has it.',
  ),
  nodeUrl: setting(
    'NODE_URL',
    null,
    webUrl,
    'Where the other nodes reach this one, such as `http://10.0.0.5:8080`. Without it, the address that it listens on, or this machine’s own one if it listens on all.',
  ),
  trustedProxyHops: setting(
    'TRUSTED_PROXY_HOPS',
    0,
    integer(0, 16),
    'How many reverse proxies stand in front of the server and add to X-Forwarded-For. With 0 that header is not believed.',
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    'The least severe messages that are logged.',
  ),
  metricsToken: setting(
    'METRICS_TOKEN',
    null,
    optional(secretText('16 to 200 letters, digits and -._~+/=', /^[\w\-.~+/=]{16,200}$/)),
    'What Prometheus shows as its bearer token to get `/metrics`. Without it only this machine gets them, and nobody when a public address or trusted proxies are set.',
  ),
  drainTimeoutMs: setting(
    'DRAIN_TIMEOUT_MS',
    10 * second,
    integer(0, 600 * second),
    'How long clients may take to leave after SIGTERM, all in all.',
  ),
  drainDelayMs: setting(
    'DRAIN_DELAY_MS',
    0,
    integer(0, 600 * second),
    'How long the server goes on as before after SIGTERM while `/readyz` says 503, for load balancers to notice. At most half of the drain timeout.',
  ),
  drainSpreadMs: setting(
    'DRAIN_SPREAD_MS',
    5 * second,
    integer(0, 600 * second),
    'Over how long clients are told to leave after that, where there are other nodes, so that they don’t come to those all at once. At most half of what is left of the drain timeout. A server that is alone tells all at once.',
  ),
}

const connectionSettings = {
  maxConnections: setting(
    'MAX_CONNECTIONS',
    20_000,
    integer(1, 1_000_000),
    'Open connections in all. Each node counts its own.',
  ),
  maxConnectionsPerAddress: setting(
    'MAX_CONNECTIONS_PER_ADDRESS',
    1000,
    integer(1, 1_000_000),
    'Open connections from one address; each node counts its own. Behind a reverse proxy set the trusted hops too, or everybody has the same one.',
  ),
  newCustomersPerSecond: setting(
    'NEW_CUSTOMERS_PER_SECOND',
    2,
    integer(1, 100_000),
    'New customers and guests from one address, over time. Each gets an account and a room that stay.',
  ),
  newCustomersBurst: setting(
    'NEW_CUSTOMERS_BURST',
    200,
    integer(1, 1_000_000),
    'New customers and guests from one address, at once.',
  ),
  connectTimeoutMs: setting(
    'CONNECT_TIMEOUT_MS',
    10 * second,
    integer(100, 600 * second),
    'How long a new connection may take to say who it is.',
  ),
  websocketMaxBytes: setting(
    'WEBSOCKET_MAX_BYTES',
    128 * kib,
    integer(kib, 16 * mib),
    'The largest WebSocket message from a client.',
  ),
  outboxMaxBytes: setting(
    'OUTBOX_MAX_BYTES',
    mib,
    integer(64 * kib, 64 * mib),
    'What may wait for one slow connection before it is closed.',
  ),
  pingIntervalMs: setting(
    'PING_INTERVAL_MS',
    25 * second,
    integer(second, hour),
    'How often a WebSocket is pinged. One that misses two is closed.',
  ),
  presenceDebounceMs: setting(
    'PRESENCE_DEBOUNCE_MS',
    3 * second,
    integer(0, 600 * second),
    'How long somebody whose last connection was lost still counts as present.',
  ),
}

const mailSettings = {
  smtpUrl: setting(
    'SMTP_URL',
    null,
    serviceUrl('smtp', 'smtps'),
    'The mail server. Without it mails wait in the store for two days, and the log says so.',
  ),
  mailFrom: setting(
    'MAIL_FROM',
    null,
    optional(text('an e-mail address, or a name and <an e-mail address>', mailbox)),
    'The sender of the mails. Needed with a mail server.',
  ),
}

const messageSettings = {
  messageMaxChars: setting('MESSAGE_MAX_CHARS', 10_000, integer(1, 1_000_000), 'The longest message.'),
  messagesPerSecond: setting('MESSAGES_PER_SECOND', 20, integer(1, 10_000), 'What one user may send, over time.'),
  messageBurst: setting('MESSAGE_BURST', 60, integer(1, 100_000), 'What one user may send at once.'),
  pageSize: setting('PAGE_SIZE', 30, integer(1, 500), 'Messages or rows in one page, where the client does not say.'),
  pageMax: setting('PAGE_MAX', 200, integer(1, 1000), 'Messages or rows in one page, at most.'),
}

const httpSettings = {
  requestMaxBytes: setting(
    'REQUEST_MAX_BYTES',
    256 * kib,
    integer(kib, 16 * mib),
    'The largest body of a request that is no upload.',
  ),
  requestTimeoutMs: setting(
    'REQUEST_TIMEOUT_MS',
    300 * second,
    integer(second, hour),
    'How long a request may take to arrive.',
  ),
  loginAttempts: setting(
    'LOGIN_ATTEMPTS',
    10,
    integer(1, 10_000),
    'Failed logins of one name or from one address within the window.',
  ),
  loginWindowMs: setting('LOGIN_WINDOW_MS', 300 * second, integer(second, 24 * hour), 'The window of failed logins.'),
}

/** Kinds of attachment that are taken without a look inside; they are only ever sent as downloads. */
const attachments =
  'pdf,doc,docx,xls,xlsx,ppt,pptx,odt,ods,odp,rtf,hwp,hwpx,txt,csv,log,json,zip,7z,gz,mp3,m4a,wav,ogg,svg'

const uploadSettings = {
  uploadMaxBytes: setting('UPLOAD_MAX_BYTES', 25 * mib, integer(kib, 4096 * mib), 'The largest uploaded file.'),
  uploadsPerMinute: setting('UPLOADS_PER_MINUTE', 30, integer(1, 10_000), 'What one user may upload, over time.'),
  uploadExtensions: setting(
    'UPLOAD_EXTENSIONS',
    attachments.split(','),
    words('file name extensions with commas between', /^[a-z0-9]{1,10}$/),
    'Kinds of attachment that are accepted besides images and video.',
  ),
  imageMaxPixels: setting(
    'IMAGE_MAX_PIXELS',
    50_000_000,
    integer(10_000, 500_000_000),
    'Width times height of an image, so that a small file cannot unpack to gigabytes.',
  ),
  thumbnailPixels: setting('THUMBNAIL_PIXELS', 320, integer(16, 2048), 'The longest side of a thumbnail.'),
}

/** The order of docs/configuration.md. */
export const settingGroups = {
  Server: serverSettings,
  Connections: connectionSettings,
  'Guests and hosts': guestSettings,
  Communities: communitySettings,
  Groups: groupSettings,
  Mail: mailSettings,
  STOMP: stompSettings,
  SockJS: sockjsSettings,
  Laravel: laravelSettings,
  'Laravel Echo': pusherSettings,
  'Socket.IO': socketioSettings,
  Messages: messageSettings,
  HTTP: httpSettings,
  Uploads: uploadSettings,
}

export const table = {
  ...serverSettings,
  ...connectionSettings,
  ...guestSettings,
  ...communitySettings,
  ...groupSettings,
  ...mailSettings,
  ...stompSettings,
  ...sockjsSettings,
  ...laravelSettings,
  ...pusherSettings,
  ...socketioSettings,
  ...messageSettings,
  ...httpSettings,
  ...uploadSettings,
}

/** The value of each setting. */
export type Settings = { readonly [Name in keyof typeof table]: (typeof table)[Name]['default'] }
