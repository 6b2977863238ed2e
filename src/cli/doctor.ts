import { loadConfig, storePath, type Config } from '../config.ts'
import { ConfigError } from '../config/problems.ts'
import type { Settings } from '../config/table.ts'
import { printable } from './columns.ts'
import { defineCommand } from './command.ts'
import { checkPort, checkProxy } from './doctor/address.ts'
import { checkClock, checkTimezones, moment } from './doctor/clock.ts'
import { bad, doubt, good, type Finding } from './doctor/finding.ts'
import { checkFolder } from './doctor/folder.ts'
import { checkSecrets } from './doctor/secrets.ts'
import { checkStore, type StoreCheck } from './doctor/store.ts'
import { checkSystem } from './doctor/system.ts'

export const doctor = defineCommand({
  words: ['doctor'],
  summary: 'Look whether the server can do its work here, and say what to do',
  details:
    'It changes nothing, and may run beside a server. The exit code is 1 when something is marked ✗.\nHow full the disks of a database server and of Redis are can’t be seen from here: watch them there.',
  flags: {},
  async run() {
    const findings = await examine(process.env)
    for (const { mark, what, advice } of findings) {
      process.stdout.write(`${mark} ${printable(what)}\n${advice === null ? '' : `    ${printable(advice)}\n`}`)
    }
    const count = (mark: Finding['mark']): number => findings.filter((finding) => finding.mark === mark).length
    process.stdout.write(`\n${count('✗')} to repair, ${count('!')} to think about, ${count('✓')} well\n`)
    return count('✗') > 0 ? 1 : 0
  },
})

async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const before = moment()
  // Loaded here, because no other command needs its driver.
  const { checkRedis } = await import('./doctor/redis.ts')
  let config: Config
  try {
    config = loadConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const problems = error.problems.map((problem) => bad(problem, 'docs/configuration.md names all settings'))
    const rest = doubt('the store, the port and the rest were not looked at', 'repair the configuration first')
    return [...checkSystem(null), ...problems, ...checkClock(before, moment(), null), rest]
  }
  const { settings, apps, demo } = config
  const read = good(
    demo
      ? 'the configuration: no file, so the demo app'
      : `the configuration: ${apps.length} ${apps.length === 1 ? 'app' : 'apps'} in ${settings.configFile}`,
  )
  const folder = checkFolder(settings.dataDir, settings.databaseUrl === null)
  const store = await lookAtStore(settings, folder.isThere)
  const [port, redis, nodes] = await Promise.all([
    checkPort(settings, store.held),
    checkRedis(settings, apps),
    lookAtNodes(config),
  ])
  return [
    ...checkSystem(settings),
    read,
    ...checkSecrets(config),
    ...folder.findings,
    ...store.findings,
    port,
    ...redis,
    ...nodes,
    ...checkProxy(settings),
    ...checkClock(before, moment(), store.newestAt),
    ...checkTimezones(apps, Date.now()),
  ]
}

/** Of nodes that serve together. */
async function lookAtNodes(config: Config): Promise<Finding[]> {
  const { databaseUrl, redisUrl, redisPrefix } = config.settings
  if (databaseUrl === null || redisUrl === null) return []
  const { checkServers, withNodesRedis } = await import('./doctor/nodes-redis.ts')
  const { checkNodes } = await import('./doctor/nodes.ts')
  const { settingsDigest } = await import('../server/cluster.ts')
  return withNodesRedis(redisUrl, async (client) => [
    ...(await checkServers(client, Date.now)),
    ...(await checkNodes(client, redisPrefix, settingsDigest(config))),
  ])
}

async function lookAtStore(settings: Settings, hasFolder: boolean): Promise<StoreCheck> {
  const unknown = { findings: [], held: settings.databaseUrl === null ? false : null, newestAt: null }
  if (settings.databaseUrl !== null) {
    const { checkDatabase } = await import('./doctor/database.ts')
    return { ...unknown, findings: await checkDatabase(settings.databaseUrl, Date.now) }
  }
  return hasFolder ? checkStore(storePath(settings)) : unknown
}
