import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'

const insideVariable = 'PARLANCE_TORTURE_INSIDE'
const namespaces = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc']

/** Whether this process is in namespaces of its own: it may build networks there, and everything that it starts ends with it. */
export const isInside = process.env[insideVariable] === '1'

/** Why nothing can be cut off on this machine; null when it can. */
export function whyNoNetworks(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s'
  if (process.getuid?.() !== 0) return 'only root may make network namespaces'
  try {
    execFileSync('unshare', [...namespaces, 'ip', 'link', 'add', 'trial', 'type', 'bridge'], { stdio: 'pipe' })
    return null
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? '').trim()
    return `no network namespace can be made here: ${said || (error as Error).message}`
  }
}

/** Runs this program again with namespaces of its own, and resolves with its exit code. */
export async function runInside(env: NodeJS.ProcessEnv): Promise<number> {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const child = spawn('unshare', [...namespaces, ...again], {
    stdio: 'inherit',
    env: { ...process.env, ...env, [insideVariable]: '1' },
  })
  // With it goes everything that it started.
  process.on('exit', () => child.kill('SIGKILL'))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}
