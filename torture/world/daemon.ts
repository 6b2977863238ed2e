import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const startTimeoutMs = 60_000
const tries = 20
const running = new Set<ChildProcess>()

/** For the end of this process, whatever the reason: nothing that it started stays. */
export function killDaemons(): void {
  for (const child of running) child.kill('SIGKILL')
}

export interface DaemonOptions {
  readonly name: string
  readonly argv: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** What it says when it can be used. */
  readonly isReady: (line: string) => boolean
  /** Each line that it says. */
  readonly onLine?: (line: string) => void
}

/** A program that is killed, paused and started again. */
export class Daemon {
  readonly name: string
  /** It ended without having been told to, after it could be used. */
  onCrash: (how: string) => void = () => {}
  readonly #options: DaemonOptions
  #child: ChildProcess | null = null
  #isPaused = false

  constructor(options: DaemonOptions) {
    this.name = options.name
    this.#options = options
  }

  /** Resolves when it can be used. Rejects with what it said when it ends instead, or takes too long. */
  async start(): Promise<void> {
    const { name, argv, env, isReady, onLine } = this.#options
    const [program = '', ...args] = argv
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(env && { env }) })
    this.#child = child
    running.add(child)
    const said: string[] = []
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${name} ${why}:\n${said.slice(-20).join('\n')}`))
      const timer = setTimeout(fail, startTimeoutMs, 'did not start in time')
      let isUsable = false
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', (line) => {
          if (said.push(line) > 100) said.shift()
          onLine?.(line)
          if (!isReady(line)) return
          clearTimeout(timer)
          isUsable = true
          resolve()
        })
      }
      child.once('error', (error) => fail(error.message))
      child.once('exit', (code, signal) => {
        running.delete(child)
        clearTimeout(timer)
        // Whoever ends it forgets it first.
        if (this.#child === child) {
          this.#child = null
          if (isUsable) this.onCrash(`${code ?? signal}: ${said.slice(-3).join(' ')}`)
        }
        fail(`ended with ${code ?? signal}`)
      })
    })
  }

  /** Starts it if it isn't running, as a supervisor does: again and again. */
  async revive(): Promise<void> {
    for (let tried = 1; !this.#child; tried++) {
      try {
        await this.start()
      } catch (error) {
        if (tried === tries) throw error
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
  }

  /** Resolves when it has gone. A process that is paused wakes up for it. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = null
    this.#isPaused = false
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    child.kill('SIGCONT')
    await gone
  }

  /** As a machine that hangs: connections stay, and nothing is answered. */
  pause(): void {
    this.#isPaused = this.#child?.kill('SIGSTOP') ?? false
  }

  resume(): void {
    if (this.#isPaused) this.#child?.kill('SIGCONT')
    this.#isPaused = false
  }
}
