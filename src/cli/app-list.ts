import { loadConfig } from '../config.ts'
import type { AppConfig } from '../config/apps.ts'
import { protocolNames } from '../core/model.ts'
import { inColumns } from './columns.ts'
import { defineCommand } from './command.ts'

export const appList = defineCommand({
  words: ['app', 'list'],
  summary: 'List the apps of the configuration file',
  flags: {},
  async run() {
    const rows = loadConfig(process.env).apps.map((app) => [
      app.id,
      app.name,
      protocolsOf(app),
      app.origins.join(' ') || '-',
    ])
    process.stdout.write(`${inColumns([['ID', 'NAME', 'PROTOCOLS', 'ORIGINS'], ...rows])}\n`)
  },
})

function protocolsOf(app: AppConfig): string {
  return protocolNames.filter((name) => app[name] !== null).join(' ') || '-'
}
