import type { AppConfig } from './config/apps.ts'
import { defaultChannels } from './config/laravel.ts'
import type { AppId } from './core/model.ts'

/** What is there without a configuration file, the same on every machine. Its secrets are public. */

export const demoPassword = 'parlance-demo'

export const demoApp = {
  id: 'demo' as AppId,
  // Shown as the company's name at the desk.
  name: '데모가스',
  origins: ['*'],
  cstalk: {
    companyId: '1',
    jwtSecret: 'demo-cstalk-jwt-secret',
    customerSecret: null,
    requireSecretKey: false,
    customerNameHook: null,
    tokenHours: 12,
    timezone: 'Asia/Seoul',
    workingHours: null,
  },
  pintalk: { jwtSecret: 'demo-pintalk-jwt-secret' },
  commu: { jwtSecret: 'demo-commu-jwt-secret' },
  laravel: {
    id: 'demo',
    key: 'demo-key',
    secret: 'demo-secret',
    jwtSecret: 'demo-jwt-secret',
    channels: defaultChannels,
    redisUrl: null,
    redisPrefix: 'demo-',
    callbackUrl: null,
    authEndpoint: null,
    clientEvents: true,
    webhooks: [],
  },
  gitplelive: { appId: 'demo', apiKey: 'demo-api-key', profanity: [], refuseProfanity: false },
} as const satisfies AppConfig

/** Who is there for cstalk. `name` is shown; everybody's password is `demoPassword`. */
export const demoCstalk = {
  companyName: '데모가스',
  members: [
    { loginName: 'agent1', name: '상담사1', role: 'agent' },
    { loginName: 'agent2', name: '상담사2', role: 'agent' },
    { loginName: 'manager1', name: '관리자1', role: 'manager' },
  ],
  /** Any number is welcome; this one has a room already. */
  customerNumber: '3825',
} as const

/** The host of pintalk; the password is `demoPassword`. Its keys stand in a page, as every host's do. */
export const demoPintalk = {
  email: 'host@demo.test',
  serviceName: '데모상점',
  serviceExpl: 'Parlance demo',
  /** Where the pages of its guests are. */
  serviceDomain: 'localhost:8080',
  keys: { accessKey: 'demo-access-key', secretKey: 'demo-secret-key' },
} as const

/** Who is there for commu: users by their nicknames, of whom the first two are in a community. Passwords are `demoPassword`. */
export const demoCommu = {
  people: [
    { email: 'ana@demo.test', nickname: 'ana' },
    { email: 'bo@demo.test', nickname: 'bo' },
    { email: 'cy@demo.test', nickname: 'cy' },
  ],
  communityName: 'Demo',
  channelName: 'general',
} as const

/** Who is there for gitplelive, all in one channel. Their session tokens are issued with the API key. */
export const demoGitplelive = {
  userIds: ['user_1', 'user_2'],
  channelId: 'channel_1',
} as const

/** Secrets that a server in production must not be started with. */
export const demoSecrets: ReadonlySet<string> = new Set([
  demoPassword,
  demoApp.cstalk.jwtSecret,
  demoApp.pintalk.jwtSecret,
  demoApp.commu.jwtSecret,
  demoApp.laravel.secret,
  demoApp.laravel.jwtSecret,
  demoApp.gitplelive.apiKey,
])
