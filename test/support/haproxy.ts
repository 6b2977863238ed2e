import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { spawn } from './child-process.ts'
import { commandPath, installed } from './debian-packages.ts'
import { freePort } from './free-port.ts'
import { isReady } from './ready.ts'

const config = join(import.meta.dirname, '..', '..', 'deploy', 'haproxy.cfg')

/** The load balancer of `compose.yaml`, in front of three servers of the test's. `await using` ends it. */
export class Haproxy implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(url: string, child: ChildProcess) {
    this.url = url
    this.#child = child
  }

  /** Resolves when one of them is ready for clients. */
  static async start(urls: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Haproxy> {
    const program = await installed(['haproxy'], () => commandPath('haproxy', '/usr/sbin/haproxy'))
    const nodes = urls.map((url, index) => [`NODE${index + 1}`, new URL(url).host])
    const listen = `127.0.0.1:${await freePort()}`
    const env = { PATH: process.env['PATH'], LISTEN: listen, ...Object.fromEntries(nodes), ...more }
    const child = spawn(program, ['-db', '-f', config], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (data: Buffer) => (said = `${said}${data}`.slice(-10_000)))
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`HAProxy ended:\n${said}`)))
    ended.catch(() => {})
    const url = `http://${listen}`
    while (!(await Promise.race([isReady(url), ended]))) continue
    return new Haproxy(url, child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}
