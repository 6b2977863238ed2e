import { execFileSync, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { spawn } from './child-process.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** `parlance start` as a process of its own, with the demo app. `await using` kills it. */
export class ServerProcess implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess
  readonly #exit: Promise<Exit>

  private constructor(url: string, child: ChildProcess, exit: Promise<Exit>) {
    this.url = url
    this.#child = child
    this.#exit = exit
  }

  /** `flags` are Node's. Settings by the names of their environment variables, without `PARLANCE_`. */
  static async start(
    dataDir: string,
    env: Readonly<Record<string, string>> = {},
    flags: readonly string[] = [],
  ): Promise<ServerProcess> {
    const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
    const settings = { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'error', ...env }
    const named = Object.entries(settings).map(([name, value]) => [`PARLANCE_${name}`, value])
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, main, 'start'], {
      env: { PATH: process.env['PATH'], ...Object.fromEntries(named) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const exit = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
    let output = ''
    child.stderr.on('data', (data: Buffer) => (output = `${output}${data}`.slice(-10_000)))
    const url = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        output = `${output}${line}\n`.slice(-10_000)
        const found = /listening on (http:\S+)/.exec(line)?.[1]
        if (found) resolve(found)
      })
      exit.then(({ code }) => reject(new Error(`the server ended with ${code}:\n${output}`)), reject)
    })
    return new ServerProcess(url, child, exit)
  }

  /** `http://…/ws` */
  get sockjsUrl(): string {
    return `${this.url}/ws`
  }

  /** What the process holds in memory. */
  residentBytes(): number {
    return 1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(this.#child.pid)]))
  }

  /** Sends the signal and waits for the end. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<Exit> {
    this.#child.kill(signal)
    return this.#exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}
