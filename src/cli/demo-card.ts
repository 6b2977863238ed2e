import { basename, join, relative } from 'node:path'
import { demoApp, demoCommu, demoCstalk, demoGitplelive, demoPassword, demoPintalk } from '../demo.ts'
import { sdkFile } from '../protocols/gitplelive/sdk-files.ts'
import { inColumns } from './columns.ts'

/** What one needs to know to try the demo app. */
export function demoCard(url: string): string {
  const { companyId } = demoApp.cstalk
  const logins = (role: string) =>
    demoCstalk.members.filter((member) => member.role === role).map((member) => member.loginName)
  const rows = [
    ['company', `${companyId} (${demoCstalk.companyName})`],
    ['agents', logins('agent').join(', ')],
    ['manager', logins('manager').join(', ')],
    ['password', `${demoPassword} (everybody’s)`],
    ['customer number', `${demoCstalk.customerNumber} (any other is welcome too)`],
    ['address', `${url}/ws (SockJS), ${url.replace('http', 'ws')}/ws/websocket (WebSocket)`],
    [
      'customer connects',
      `STOMP CONNECT with the headers companyId:${companyId} and gasappMemberNumber:${demoCstalk.customerNumber}`,
    ],
    ['agent connects', 'STOMP CONNECT with the header Authorization:Bearer TOKEN; for a TOKEN:'],
    ['', `${program()} token --app ${demoApp.id} --protocol cstalk --login agent1`],
  ]
  return [
    `No configuration file (PARLANCE_CONFIG), so here is the demo app “${demoApp.id}”. Its secrets are public.`,
    '',
    'Consultation desk (cstalk)',
    indented(rows),
    '',
    'Website guests and hosts (pintalk)',
    indented(guestRows(url)),
    '',
    'Communities and channels (commu)',
    indented(communityRows(url)),
    '',
    'A Laravel application (laravel)',
    indented(applicationRows(url)),
    '',
    'Group channels with a platform (gitplelive)',
    indented(groupRows(url)),
    '',
  ].join('\n')
}

function guestRows(url: string): string[][] {
  const { email, serviceDomain, keys } = demoPintalk
  return [
    ['host', `${email}, password ${demoPassword}`],
    ['service domain', `${serviceDomain} (where its guests’ pages are)`],
    ['keys', `X-PinTalk-Access-Key: ${keys.accessKey}, X-PinTalk-Secret-Key: ${keys.secretKey}`],
    ['guest begins', `POST ${url}/api/chat/ with the keys, then ${url.replace('http', 'ws')}/ws/chat/NAME/`],
    ['host answers', 'the same address with ?token=TOKEN; for a TOKEN:'],
    ['', `${program()} token --app ${demoApp.id} --protocol pintalk --login ${email}`],
  ]
}

function communityRows(url: string): string[][] {
  const { people, communityName, channelName } = demoCommu
  const [ana, bo, cy] = people
  return [
    ['users', `${people.map(({ email }) => email).join(', ')}, password ${demoPassword}`],
    [
      'community',
      `${communityName} with the channel ${channelName}: ${ana.nickname} (manager) and ${bo.nickname}, not ${cy.nickname}`,
    ],
    ['signs in', `POST ${url}/api/user/auth/signin with {"id":"${ana.email}","password":"${demoPassword}"}`],
    ['talks', `Socket.IO at ${url}/socket/commu-COMMUNITY with auth {token: "Bearer TOKEN"}; for a TOKEN:`],
    ['', `${program()} token --app ${demoApp.id} --protocol commu --login ${ana.email}`],
  ]
}

function applicationRows(url: string): string[][] {
  const { id, key, secret, jwtSecret, redisPrefix } = demoApp.laravel
  const ws = url.replace('http', 'ws')
  return [
    ['application', `id ${id}, key ${key}, secret ${secret}, JWT secret ${jwtSecret}`],
    ['page connects', `${ws}/?token=TOKEN; for a TOKEN:`],
    ['', `${program()} token --app ${demoApp.id} --protocol laravel --user 7 --name Ana --channel chat:room1`],
    [
      'Echo connects',
      `${ws}/app/${key} (broadcaster: 'pusher'); the application publishes to ${url}/apps/${id}/events`,
    ],
    ['Redis', `with PARLANCE_REDIS_URL, what is published to ${redisPrefix}broadcast and ${redisPrefix}CHANNEL`],
  ]
}

function groupRows(url: string): string[][] {
  const { appId, apiKey } = demoApp.gitplelive
  const { userIds, channelId } = demoGitplelive
  const { path, fixedPath, integrity } = sdkFile()
  return [
    ['keys', `APP_ID: ${appId}, APP_API_KEY: ${apiKey}`],
    ['there are', `users ${userIds.join(', ')}, channel ${channelId} with both`],
    ['server asks', `${url}/v1/… with the keys, such as POST ${url}/v1/users/${userIds[0]}/token for a session token`],
    ['user asks', `${url}/v1/client/… with Authorization: Bearer TOKEN; for a TOKEN:`],
    ['', `${program()} token --app ${demoApp.id} --protocol gitplelive --login ${userIds[0]}`],
    ['SDK', `<script src="${url}${path}">, or for ever the same:`],
    ['', `<script src="${url}${fixedPath}" crossorigin`],
    ['', `  integrity="${integrity}">`],
  ]
}

function indented(rows: readonly (readonly string[])[]): string {
  return inColumns(rows.map(([name = '', value = '']) => [`  ${name}`, value]))
}

/** How this program was called, so that the line above can be copied. */
function program(): string {
  const path = process.argv[1] ?? 'parlance'
  if (basename(path) === 'parlance') return 'parlance'
  const place = relative(process.cwd(), path)
  // In the project's folder npx finds the Node that came with the packages, where the machine's own is too old.
  return place === join('bin', 'parlance.js') ? 'npx parlance' : `node ${place}`
}
