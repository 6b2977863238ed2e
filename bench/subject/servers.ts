import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Subject } from './subject.ts'

/** What is measured: our server as `npm start` starts it, and the two it is compared with. */

const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The words after `node` in the package's start script: its flags are part of what is measured. */
function startScript(): string[] {
  const { scripts } = JSON.parse(readFileSync(program('../../package.json'), 'utf8')) as { scripts: { start: string } }
  const [node, ...argv] = scripts.start.split(' ')
  if (node !== 'node') throw new Error(`the start script does not begin with node: ${scripts.start}`)
  return argv.map((word) => (word.startsWith('-') || word === 'start' ? word : program(`../../${word}`)))
}

// One user does here what thousands do elsewhere: limits that would stop it are raised, none is turned off.
const roomForLoad = {
  PARLANCE_PORT: '0',
  PARLANCE_LOG_LEVEL: 'error',
  PARLANCE_MAX_CONNECTIONS: '100000',
  PARLANCE_MAX_CONNECTIONS_PER_ADDRESS: '100000',
  PARLANCE_MESSAGES_PER_SECOND: '10000',
  PARLANCE_MESSAGE_BURST: '100000',
  PARLANCE_FRAMES_PER_SECOND: '100000',
  PARLANCE_FRAME_BURST: '1000000',
  PARLANCE_CLIENT_EVENTS_PER_SECOND: '10000',
  PARLANCE_GUEST_MESSAGES_PER_SECOND: '100000',
  PARLANCE_GUEST_MESSAGE_BURST: '1000000',
  PARLANCE_HOST_MESSAGES_PER_SECOND: '1000000',
  PARLANCE_HOST_MESSAGE_BURST: '10000000',
  PARLANCE_DIALS_PER_SECOND: '100000',
  PARLANCE_DIAL_BURST: '1000000',
  PARLANCE_NEW_CUSTOMERS_PER_SECOND: '100000',
  PARLANCE_NEW_CUSTOMERS_BURST: '1000000',
  PARLANCE_GUEST_ROOMS_PER_MINUTE: '100000',
  // A machine that does other things too may stall for seconds.
  PARLANCE_CONNECT_TIMEOUT_MS: '600000',
}

export interface Where {
  readonly dataDir: string
  readonly profileDir: string | null
  /** Of the applications, where they publish to one; with a database, of the nodes. */
  readonly redisUrl?: string
  /** Of a MySQL or MariaDB. */
  readonly databaseUrl?: string
  readonly logLevel?: string
  /** See `Subject`. */
  readonly counted?: string
}

export function startParlance(
  { dataDir, profileDir, redisUrl, databaseUrl, logLevel, counted }: Where,
  name = 'parlance',
): Promise<Subject> {
  const redis = redisUrl === undefined ? {} : { PARLANCE_REDIS_URL: redisUrl }
  const database = databaseUrl === undefined ? {} : { PARLANCE_DATABASE_URL: databaseUrl }
  const log = logLevel === undefined ? {} : { PARLANCE_LOG_LEVEL: logLevel }
  const env = { ...roomForLoad, ...redis, ...database, ...log, PARLANCE_DATA_DIR: dataDir }
  return Subject.start({ name, argv: startScript(), env, profileDir, ...(counted !== undefined && { counted }) })
}

export function startBareWs(): Promise<Subject> {
  return Subject.start({ name: 'bare ws', argv: [program('../peer-ws.ts')] })
}

export function startSocketIo(): Promise<Subject> {
  return Subject.start({ name: 'socket.io', argv: [program('../peer-socketio.ts')] })
}
