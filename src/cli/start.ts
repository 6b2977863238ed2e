import { loadConfig } from '../config.ts'
import type { Settings } from '../config/table.ts'
import type { Log } from '../core/ports.ts'
import { createLog, type ProcessLog } from '../logging.ts'
import type { RunningServer } from '../server.ts'
import { CommandError, defineCommand } from './command.ts'
import { demoCard } from './demo-card.ts'

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

export const start = defineCommand({
  words: ['start'],
  summary: 'Serve, until SIGTERM, SIGINT or SIGHUP',
  details:
    'Without a configuration file (PARLANCE_CONFIG) there is the demo app, on loopback only.\nA second signal ends the server at once.',
  flags: {},
  async run() {
    const config = loadConfig(process.env)
    const log = createLog(config.settings.logLevel)
    watchForBugs(log)
    const stopped = untilSignal(log)
    let server: RunningServer
    try {
      // Only here, so that the other commands don't load the whole server: it is most of what they would take.
      const { startServer } = await import('../server.ts')
      const started = startServer(config, log)
      // Nobody was promised anything yet, and what it waits for may never come.
      const given = await Promise.race([started, stopped])
      if (!given) return 0
      server = given
    } catch (error) {
      throw listenFailure(error, config.settings) ?? error
    }
    const { url } = server
    process.stdout.write(`${config.demo ? `${demoCard(url)}\n` : ''}Parlance listening on ${url}\n`)
    await stopped
    try {
      await server.close()
      log.info({}, 'stopped')
      return 0
    } catch (error) {
      log.error({ error }, 'the server could not close in order')
      return 1
    }
  },
})

/** Resolves at the first signal. The second one ends the process: somebody is in a hurry. */
function untilSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const stop = (signal: keyof typeof exitCodes): void => {
      if (asked) process.exit(exitCodes[signal])
      asked = true
      log.info({ signal }, 'draining')
      resolve()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    // Sent when the terminal or the SSH session closes: without a handler it ends the process without a drain.
    process.on('SIGHUP', stop)
  })
}

function watchForBugs(log: ProcessLog): void {
  // One request's forgotten promise is no reason to throw thousands of clients out.
  process.on('unhandledRejection', (error) => log.error({ error }, 'a promise was rejected and nobody listened'))
  process.on('uncaughtException', (error) => {
    log.fatal({ error }, 'an exception was not caught: the process ends')
    process.exit(1)
  })
}

/** Null when it isn't about the address. */
function listenFailure(error: unknown, { host, port }: Settings): CommandError | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new CommandError(
      `port ${port} of ${host} is taken: stop the program that has it, or set PARLANCE_PORT to another one`,
    )
  }
  if (code === 'EACCES') {
    return new CommandError(`port ${port} of ${host} is not allowed for this user: set PARLANCE_PORT to one above 1023`)
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new CommandError(
      `${host} is not an address of this machine: set PARLANCE_HOST to one, or to 0.0.0.0 for all`,
    )
  }
  return null
}
