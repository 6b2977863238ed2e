import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Sample } from '../probe.ts'

const startTimeoutMs = 60_000
const answerTimeoutMs = 30_000
const stopTimeoutMs = 10_000

const probe = fileURLToPath(new URL('../probe.ts', import.meta.url))
const running = new Set<ChildProcess>()

export interface SubjectOptions {
  readonly name: string
  /** The program and its arguments. */
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Write a CPU profile into this folder. */
  readonly profileDir?: string | null
  /** How often it says this on its standard output is counted. */
  readonly counted?: string
}

/** What can be asked what it has used. */
export interface Measured {
  readonly name: string
  /** CPU used since its start and memory held now. */
  sample(): Promise<Sample>
  /** The same after a full garbage collection. */
  settle(): Promise<Sample>
  /** The same after a collection that leaves V8 no free memory in reserve. */
  giveBack(): Promise<Sample>
  stop(): Promise<void>
}

/** A server in a process of its own, that can be asked what it has used. */
export class Subject implements Measured {
  readonly name: string
  readonly port: number
  counted = 0
  readonly #child: ChildProcess

  private constructor(name: string, child: ChildProcess, port: number) {
    this.name = name
    this.#child = child
    this.port = port
  }

  static async start({ name, argv, env = {}, profileDir = null, counted }: SubjectOptions): Promise<Subject> {
    const profile = profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
    const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--import', probe, ...profile]
    const child = spawn(process.execPath, [...flags, ...argv], {
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    const subject = new Subject(name, child, await portOf(name, child))
    if (counted !== undefined) subject.#count(counted)
    return subject
  }

  sample(): Promise<Sample> {
    return this.#ask('sample')
  }

  settle(): Promise<Sample> {
    return this.#ask('settle')
  }

  giveBack(): Promise<Sample> {
    return this.#ask('give back')
  }

  async stop(): Promise<void> {
    if (!running.has(this.#child)) return
    const gone = once(this.#child, 'exit')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs)
    this.#child.kill('SIGTERM')
    await gone
    clearTimeout(timer)
  }

  #count(words: string): void {
    if (this.#child.stdout)
      createInterface(this.#child.stdout).on('line', (line) => (this.counted += Number(line.includes(words))))
  }

  async #ask(question: string): Promise<Sample> {
    const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(answerTimeoutMs) })
    this.#child.send(question)
    const [sample] = (await answer) as [Sample]
    return sample
  }
}

/** For the end of this process, whatever the reason: nothing that it started stays. */
export function killSubjects(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** Settings of whoever runs the benchmark must not leak into what it measures. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('PARLANCE_') && name !== 'NODE_ENV'),
  )
}

function portOf(name: string, child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} did not listen in time`)), startTimeoutMs)
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4096)
      const port = /listening on http:\/\/[^\s:]+:(\d+)/.exec(output)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      resolve(Number(port))
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`${name} ended with ${code} before it listened:\n${output}`))
    })
  })
}
