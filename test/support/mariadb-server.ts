import { execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { spawn } from './child-process.ts'
import { commandPath, installed } from './debian-packages.ts'
import { freePort } from './free-port.ts'

const run = promisify(execFile)
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []

/** A MariaDB of the test's own, on a free port, in a temporary folder. `await using` ends it. */
export class MariadbServer implements AsyncDisposable {
  readonly port: number
  readonly #program: string
  readonly #folder: string
  #child: ChildProcess | null = null
  #made = 0

  private constructor(program: string, folder: string, port: number) {
    this.#program = program
    this.#folder = folder
    this.port = port
  }

  /** `parent` is where its folder goes. */
  static async start({ parent = tmpdir() } = {}): Promise<MariadbServer> {
    const program = await installed(['mariadb-server'], () => commandPath('mariadbd', '/usr/sbin/mariadbd'))
    const folder = await mkdtemp(join(parent, 'parlance-mariadb-'))
    const data = ['--no-defaults', `--datadir=${folder}/data`, ...asRoot]
    // Two that are made at the same time would take each other's temporary tables.
    const env = { ...process.env, TMPDIR: folder }
    await run('mariadb-install-db', [...data, '--auth-root-authentication-method=normal', '--skip-test-db'], { env })
    const server = new MariadbServer(program, folder, await freePort())
    await server.start()
    return server
  }

  /** Without a database. */
  get url(): string {
    return `mysql://root@127.0.0.1:${this.port}`
  }

  /** Of its process, while it runs. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** A fresh database. */
  async database(): Promise<string> {
    const name = `test_${this.#made++}`
    const connection = await createConnection(this.url)
    await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
    await connection.end()
    return `${this.url}/${name}`
  }

  /** Again, on the same port and data. */
  async start(): Promise<void> {
    const folder = this.#folder
    const data = ['--no-defaults', `--datadir=${folder}/data`, ...asRoot]
    const here = [`--socket=${folder}/socket`, `--pid-file=${folder}/pid`]
    const child = spawn(this.#program, [...data, ...here, `--port=${this.port}`, '--bind-address=127.0.0.1'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: folder },
    })
    this.#child = child
    let said = ''
    for await (const line of createInterface(child.stderr)) {
      said += `${line}\n`
      if (!line.includes('ready for connections')) continue
      child.stderr.resume()
      return
    }
    throw new Error(`MariaDB did not start:\n${said}`)
  }

  /** As a machine that goes down: without a word. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
