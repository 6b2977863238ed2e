import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { commandPath, installed } from './debian-packages.ts'
import { freePort } from './free-port.ts'

/** A Redis of the test's own, on a free port, that keeps nothing. `await using` ends it. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #program: string
  readonly #folder: string
  #child: ChildProcess | null = null
  #client: Redis | null = null

  private constructor(program: string, folder: string, port: number) {
    this.#program = program
    this.#folder = folder
    this.port = port
  }

  static async start(): Promise<RedisServer> {
    const program = await installed(['redis-server'], () => commandPath('redis-server'))
    const server = new RedisServer(program, await mkdtemp(join(tmpdir(), 'parlance-redis-')), await freePort())
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Again, on the same port. */
  async start(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    const child = spawn(this.#program, [...options, '--dir', this.#folder], { stdio: ['ignore', 'pipe', 'inherit'] })
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
