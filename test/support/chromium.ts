import { execFile, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The path of a Chromium. Where there is none it is installed with apt, when that may be done; else it throws what to install. */
export async function chromium(): Promise<string> {
  const found = await find()
  if (found !== null) return found
  const sudo = await becomesRoot()
  if (sudo === null || !(await has('apt-get'))) {
    throw new Error('No Chromium: install the package chromium (apt-get install chromium) and run the tests again.')
  }
  await install(sudo)
  const installed = await find()
  if (installed === null) throw new Error('apt-get installed chromium, and it is not on the PATH.')
  return installed
}

async function find(): Promise<string | null> {
  const { stdout } = await run('sh', ['-c', `for name in ${names.join(' ')}; do command -v $name && break; done; true`])
  return stdout.trim().split('\n')[0] || null
}

async function has(program: string): Promise<boolean> {
  return run('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  )
}

/** What to put before a command to run it as root; null when that can't be. */
async function becomesRoot(): Promise<readonly string[] | null> {
  if (process.getuid?.() === 0) return []
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => null,
  )
}

/** Test files run side by side: whoever waited for the lock finds it installed. The lock dies with its holder. */
async function install(sudo: readonly string[]): Promise<void> {
  const folder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache')
  mkdirSync(folder, { recursive: true })
  const packages = 'apt-get install -y -q --no-install-recommends chromium'
  const script = `command -v chromium || (apt-get update -q && ${packages})`
  const command = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'flock', join(folder, 'chromium.lock'), 'sh', '-c']
  // Progress goes to the standard error: the standard output of a test file belongs to its reporter.
  const child = spawn(command[0] ?? '', [...command.slice(1), script], { stdio: ['ignore', 2, 2] })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0)
    throw new Error(`apt-get could not install chromium (exit ${code}): install it and run the tests again.`)
}
