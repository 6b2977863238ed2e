import { spawn } from 'node:child_process'

/** `node scripts/test.ts SUITE… [-- FILE…]`: runs suites, or these of their files, one after the other, until one fails. */

interface Suite {
  readonly files: readonly string[]
  /** Starts the servers that all of its files share. */
  readonly setup?: string
  /** Three times what it takes on two idle cores, and more. */
  readonly maxMinutes: number
}

const suites: Readonly<Record<string, Suite>> = {
  main: { files: ['src/**/*.test.ts', 'sdk/src/**/*.test.ts', 'test/**/*.test.ts'], maxMinutes: 40 },
  mariadb: {
    setup: 'test/support/on-mariadb.ts',
    files: [
      'test/conversation/{cstalk,pintalk,pintalk-{status,mail},commu-socket*,laravel-{socket,callback},pusher,echo-webhooks,gitplelive-{rest,sdk*}}.test.ts',
    ],
    maxMinutes: 15,
  },
  nodes: {
    setup: 'test/support/on-nodes.ts',
    files: [
      'test/conversation/{commu-{browser,socket*},cstalk*,echo*,gitplelive*,laravel-{application,browser,callback,publish,socket},pintalk*,pusher*}.test.ts',
      'test/documented-*.test.ts',
    ],
    maxMinutes: 15,
  },
}

/**
 * Resolves with the exit code. A test file is ended when its tests are (`--test-force-exit`), whatever a failed one left open,
 * and the whole suite, with every process that it started, when its time is up.
 */
async function run(name: string, { files, setup, maxMinutes }: Suite): Promise<number> {
  const options = ['--test-concurrency=2', '--test-timeout=180000', '--test-force-exit', '--test-reporter=spec']
  if (setup !== undefined) options.push(`--test-global-setup=${setup}`)
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--test', ...options, ...files], {
    stdio: 'inherit',
    detached: true,
  })
  const { promise, resolve } = Promise.withResolvers<number>()
  const end = (code: number): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    resolve(code)
  }
  const timer = setTimeout(() => {
    console.error(`The suite ${name} was ended: it took more than ${maxMinutes} minutes.`)
    end(1)
  }, maxMinutes * 60_000)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(1))
  child.once('exit', (code) => resolve(code ?? 1))
  return promise.finally(() => clearTimeout(timer))
}

const [names = '', chosen] = process.argv.slice(2).join('\n').split('\n--\n')
for (const name of names.split('\n')) {
  const suite = suites[name]
  if (!suite) throw new Error(`${name} is no suite: ${Object.keys(suites).join(', ')}`)
  process.exitCode = await run(name, chosen === undefined ? suite : { ...suite, files: chosen.split('\n') })
  if (process.exitCode !== 0) break
}
