import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { spawn } from './child-process.ts'
import { commandPath, installed } from './debian-packages.ts'
import { freePort } from './free-port.ts'

/** A Redis of the test's own, on a free port, that keeps nothing unless it is to. `await using` ends it. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #program: string
  readonly #folder: string
  readonly #keeps: boolean
  readonly #options: readonly string[]
  #child: ChildProcess | null = null
  #client: Redis | null = null

  private constructor(program: string, folder: string, port: number, keeps: boolean, options: readonly string[]) {
    this.#program = program
    this.#folder = folder
    this.port = port
    this.#keeps = keeps
    this.#options = options
  }

  /**
   * `keeps`: what it has is appended to a file, every second to the disk. `parent` is where its folder goes. `options`: more, as
   * on its command line.
   */
  static async start({ keeps = false, parent = tmpdir(), options = [] as string[] } = {}): Promise<RedisServer> {
    const program = await installed(['redis-server'], () => commandPath('redis-server'))
    const folder = await mkdtemp(join(parent, 'parlance-redis-'))
    const server = new RedisServer(program, folder, await freePort(), keeps, options)
    await server.start()
    return server
  }

  get #savedFolder(): string {
    return join(this.#folder, 'saved')
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Of its process, while it runs. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Again, on the same port. */
  async start(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '']
    const kept = ['--appendonly', this.#keeps ? 'yes' : 'no', '--appendfsync', 'everysec']
    const child = spawn(this.#program, [...options, ...kept, ...this.#options, '--dir', this.#folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    let said = ''
    for await (const line of createInterface(child.stdout)) {
      said += `${line}\n`
      if (!line.includes('Ready to accept connections')) continue
      child.stdout.resume()
      return
    }
    throw new Error(`Redis did not start:\n${said}`)
  }

  /** As a machine that goes down: without a word. */
  async stop(): Promise<void> {
    this.#client?.disconnect()
    this.#client = null
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** As a machine that hangs: connections stay, and nothing is answered. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** What is on its disk now, to be put back later. */
  async save(): Promise<void> {
    await rm(this.#savedFolder, { recursive: true, force: true })
    await cp(join(this.#folder, 'appendonlydir'), this.#savedFolder, { recursive: true })
  }

  /** As after a disk that lost the last writes. Only while it is stopped. */
  async rollBack(): Promise<void> {
    const data = join(this.#folder, 'appendonlydir')
    await rm(data, { recursive: true, force: true })
    await cp(this.#savedFolder, data, { recursive: true })
  }

  /** How many heard it. */
  publish(channel: string, payload: string | Buffer): Promise<number> {
    this.#client ??= new Redis(this.url)
    return this.#client.publish(channel, payload)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
