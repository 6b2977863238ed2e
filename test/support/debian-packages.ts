import { execFile, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * What `find` finds: programs or files of Debian packages. Where they are missing they are installed with apt, when
 * that may be done; else it throws what to install.
 */
export async function installed<T>(packages: readonly string[], find: () => Promise<T | null>): Promise<T> {
  const found = await find()
  if (found !== null) return found
  const names = packages.join(' ')
  const sudo = await becomesRoot()
  if (sudo === null || (await commandPath('apt-get')) === null) {
    throw new Error(`Install ${names} (apt-get install ${names}) and run the tests again.`)
  }
  await install(sudo, packages)
  const after = await find()
  if (after === null) throw new Error(`apt-get installed ${names}, and it is not where it should be.`)
  return after
}

/** The path of the first of these programs that there is. */
export async function commandPath(...names: readonly string[]): Promise<string | null> {
  const { stdout } = await run('sh', ['-c', `for name in ${names.join(' ')}; do command -v $name && break; done; true`])
  return stdout.trim().split('\n')[0] || null
}

/** What to put before a command to run it as root; null when that can't be. */
async function becomesRoot(): Promise<readonly string[] | null> {
  if (process.getuid?.() === 0) return []
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => null,
  )
}

/** Test files run side by side, apt one at a time: for whoever waited there is little left to do. The lock dies with its holder. */
async function install(sudo: readonly string[], packages: readonly string[]): Promise<void> {
  const folder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache')
  mkdirSync(folder, { recursive: true })
  const command = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'flock', join(folder, 'apt.lock'), 'sh', '-c']
  const script = `apt-get update -q && apt-get install -y -q --no-install-recommends ${packages.join(' ')}`
  // Progress goes to the standard error: the standard output of a test file belongs to its reporter.
  const child = spawn(command[0] ?? '', [...command.slice(1), script], { stdio: ['ignore', 2, 2] })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) {
    throw new Error(
      `apt-get could not install ${packages.join(' ')} (exit ${code}): install it and run the tests again.`,
    )
  }
}
