import { basename, join, relative } from 'node:path'
import { demoApp, demoCstalk, demoPassword, demoPintalk } from '../demo.ts'
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
