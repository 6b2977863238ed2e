import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { spawn } from './child-process.ts'
import { commandPath, installed } from './debian-packages.ts'
import type { RedisServer } from './redis-server.ts'

const source = join(import.meta.dirname, '..', 'laravel')
const packages = ['php-cli', 'php-laravel-framework', 'php-redis']

/** The prefix that it puts before every channel in Redis: its name's, as Laravel makes it. */
export const applicationPrefix = 'laravel_database_'

/** The Laravel application of test/laravel, served by PHP itself. Its users are 7 (Ana), 8 (Cy) and 9 (Bo). `await using` ends it. */
export class LaravelApplication implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess
  readonly #storage: string

  private constructor(url: string, child: ChildProcess, storage: string) {
    this.url = url
    this.#child = child
    this.#storage = storage
  }

  static async start(redis: RedisServer): Promise<LaravelApplication> {
    const php = await installed(packages, findPhp)
    const storage = await mkdtemp(join(tmpdir(), 'parlance-laravel-'))
    const child = spawn(php, ['-S', '127.0.0.1:0', join(source, 'index.php')], {
      cwd: source,
      env: { PATH: process.env['PATH'], STORAGE: storage, REDIS_PORT: String(redis.port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    for await (const line of createInterface(child.stderr)) {
      said += `${line}\n`
      const url = /\((http:\S+)\) started/.exec(line)?.[1]
      if (!url) continue
      child.stderr.resume()
      return new LaravelApplication(url, child, storage)
    }
    throw new Error(`Laravel is not served:\n${said}`)
  }

  /** As a page of a user calls it. */
  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
    { as, headers }: { as?: number; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { Accept: 'application/json', ...(as && { Cookie: `user=${as}` }), ...headers },
      body: new URLSearchParams(fields),
    })
    return { status: response.status, body: await response.json() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
    await rm(this.#storage, { recursive: true, force: true })
  }
}

async function findPhp(): Promise<string | null> {
  const php = await commandPath('php')
  const parts = ['/usr/share/php/Illuminate/autoload.php', '/usr/share/php/Illuminate/Broadcasting/autoload.php']
  const isThere = await Promise.all(
    parts.map((part) =>
      access(part).then(
        () => true,
        () => false,
      ),
    ),
  )
  return isThere.every(Boolean) && php !== null && (await hasRedis(php)) ? php : null
}

async function hasRedis(php: string): Promise<boolean> {
  const child = spawn(php, ['-r', 'exit(extension_loaded("redis") ? 0 : 1);'], { stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code === 0
}
