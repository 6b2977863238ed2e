import { writeFileSync } from 'node:fs'
import type { Setting } from '../src/config/setting.ts'
import { settingGroups } from '../src/config/table.ts'

export const configurationDocFile = new URL('../docs/configuration.md', import.meta.url)

const head = `# Configuration

<!-- Made by \`npm run docs\` from src/config/table.ts. -->

Settings are environment variables. One that is empty counts as not set. At the start every problem is printed at
once, with the nearest name for one that doesn't exist.
`

const apps = `## Apps

\`PARLANCE_CONFIG\` names a JSON file. An app is the boundary of isolation: its own users, rooms, keys and origins. It
speaks the protocols that it names. A secret may stand in the environment: \`{"env": "NAME"}\`.

\`\`\`json
{
  "apps": [
    {
      "id": "acme",
      "name": "Acme",
      "origins": ["https://shop.example"],
      "cstalk": {
        "companyId": "1",
        "jwtSecret": { "env": "ACME_CSTALK_SECRET" },
        "customerSecret": null,
        "requireSecretKey": false,
        "customerNameHook": null,
        "tokenHours": 12,
        "timezone": "Asia/Seoul",
        "workingHours": {
          "days": { "mon": ["09:00", "18:00"], "fri": ["09:00", "17:00"] },
          "lunch": ["12:00", "13:00"],
          "holidays": ["2026-01-01"]
        }
      }
    }
  ]
}
\`\`\`

| Key | Default | What it is |
|---|---|---|
| \`id\` | | Up to 40 small letters, digits and \`-\`. Never change it: what is stored belongs to it. |
| \`name\` | the id | What people see. |
| \`origins\` | none | Web origins whose pages may use this app over REST, or \`["*"]\`. |
| \`cstalk.companyId\` | | The company of its clients. |
| \`cstalk.jwtSecret\` | | Signs the tokens; at least 16 characters. No other app may have the same. |
| \`cstalk.customerSecret\` | null | The fixed word of the customers' \`secretKey\`. |
| \`cstalk.requireSecretKey\` | false | Refuse customers whose \`secretKey\` is missing or wrong. |
| \`cstalk.customerNameHook\` | null | An address that is asked for a new customer's name. |
| \`cstalk.tokenHours\` | 12 | How long a token is good for. |
| \`cstalk.timezone\` | Asia/Seoul | Dates on the wire and working hours are local to it. |
| \`cstalk.workingHours\` | null: always open | \`days\` (a day that isn't named is closed), \`lunch\`, \`holidays\`. |
| \`pintalk.jwtSecret\` | | Signs the hosts' tokens and cookies; at least 16 characters. No other app may have the same. |
| \`commu.jwtSecret\` | | Signs the access tokens; at least 16 characters. No other app may have the same. |
| \`laravel.id\` |  | The application’s id, as of a Pusher server. No other app may have the same. |
| \`laravel.key\` |  | Its key, which stands in pages. No other app may have the same. |
| \`laravel.secret\` |  | Its secret: signs what it publishes over HTTP and what it is told. |
| \`laravel.jwtSecret\` |  | Signs the tokens of the JWT socket; at least 8 characters. No other app may have the same. |
| \`laravel.redisUrl\` | null: PARLANCE_REDIS_URL | The Redis that it publishes to. |
| \`laravel.redisPrefix\` |  | What it puts before the names of its channels there. |
| \`laravel.callbackUrl\` | null | Is told what clients send on the JWT socket. |
| \`laravel.authEndpoint\` | null | Its \`/broadcasting/auth\`, for Laravel Echo over Socket.IO. |
| \`laravel.channels\` | chat, tweet, progress | Kinds of channels of the JWT socket by name: \`send\` ("clients" or "server"), \`data\` (a list of fields), \`stored\`, \`presence\`. |
| \`laravel.clientEvents\` | true | Clients of Laravel Echo may whisper. |
| \`laravel.webhooks\` | none | Up to 10 of \`{"url", "events"}\`: Pusher’s webhooks; without \`events\` all of them. |
| \`gitplelive.appId\` | | What its servers and clients call it. No other app may have the same. |
| \`gitplelive.apiKey\` | | Opens the platform's REST; at least 8 characters. A new one ends all session tokens. |
| \`gitplelive.profanity\` | none | Up to 5,000 words that are masked in messages. |
| \`gitplelive.refuseProfanity\` | false | Messages with such words are refused instead. |
`

export function configurationDoc(): string {
  const tables = Object.entries(settingGroups).map(([name, group]) => {
    const rows = Object.entries<Setting<unknown>>(group).map(([key, setting]) => row(key, setting))
    return `## ${name}\n\n| Variable | Default | Takes | What it is |\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  return [head, ...tables, apps].join('\n')
}

function row(key: string, { env, default: fallback, parser, doc }: Setting<unknown>): string {
  return `| \`${env}\` | ${shown(key, fallback)} | ${parser.expected} | ${doc} |`
}

function shown(key: string, value: unknown): string {
  if (value === null) return ''
  if (Array.isArray(value)) return value.join(', ')
  const unit = typeof value === 'number' ? inUnits(key, value) : null
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `\`${text}\`` + (unit === null ? '' : ` (${unit})`)
}

function inUnits(key: string, value: number): string | null {
  if (key.endsWith('Ms')) return `${value / 1000} s`
  if (!key.endsWith('Bytes')) return null
  return value >= 1024 * 1024 ? `${value / 1024 / 1024} MiB` : `${value / 1024} KiB`
}

if (import.meta.main) writeFileSync(configurationDocFile, configurationDoc())
