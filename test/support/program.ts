import assert from 'node:assert/strict'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Readable, Writable } from 'node:stream'
import { spawn } from './child-process.ts'

const program = fileURLToPath(new URL('../../bin/parlance.js', import.meta.url))

export interface ProgramOptions {
  /** The folder that it runs in; its store is in `data` there. */
  readonly folder: string
  /** Settings by the names of their environment variables, without `PARLANCE_`. */
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** For Node, before the program. */
  readonly nodeArgs?: readonly string[]
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command line to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<Ended> {
  const child = launch(args, options)
  child.stdin.end(options.input ?? '')
  const [out, err, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'close')])
  return { code: code as number | null, out, err }
}

/** That it said one sentence, and no stack, on the standard error. */
export function assertSentence({ err }: Ended, pattern: RegExp): void {
  assert.match(err, pattern)
  assert.equal(err.trimEnd().split('\n').length, 1, err)
  assert.doesNotMatch(err, /\n\s+at /)
}

/** `parlance start`, which listens. `await using` ends it in order. */
export class Serving implements AsyncDisposable {
  readonly url: string
  readonly #child: Child
  readonly #ended: Promise<unknown[]>
  #out: string
  #heard: (() => void) | null = null

  private constructor(child: Child, out: string, url: string) {
    this.#child = child
    this.#out = out
    this.url = url
    this.#ended = once(child, 'close')
    child.stdout.on('data', (text: string) => {
      this.#out += text
      this.#heard?.()
    })
  }

  /** Rejects with what it said when it ends instead of listening. */
  static async start(options: ProgramOptions): Promise<Serving> {
    const child = launch(['start'], { ...options, env: { PORT: '0', ...options.env } })
    child.stdin.end()
    child.stdout.setEncoding('utf8')
    child.stderr.resume()
    let out = ''
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      out += chunk
      const url = /listening on (http:\S+)\n/.exec(out)?.[1]
      if (url !== undefined) return new Serving(child, out, url)
    }
    throw new Error(`it never listened: ${out}`)
  }

  /** What it has said on the standard output. */
  get out(): string {
    return this.#out
  }

  /** Resolves once it has said the text; rejects when it ends without. */
  async says(text: string): Promise<void> {
    const mute = this.#ended.then(() => {
      if (!this.#out.includes(text)) throw new Error(`it never said ${text}: ${this.#out}`)
    })
    while (!this.#out.includes(text))
      await Promise.race([new Promise<void>((resolve) => (this.#heard = resolve)), mute])
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Its exit code. */
  async ended(): Promise<number | null> {
    const [code] = await this.#ended
    return code as number | null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

function launch(args: readonly string[], { folder, env = {}, nodeArgs = [] }: ProgramOptions): Child {
  const named = Object.entries(env).map(([name, value]) => [`PARLANCE_${name}`, value])
  // Nothing of this machine's own settings.
  const clean = { PATH: process.env['PATH'], ...Object.fromEntries(named) }
  return spawn(process.execPath, [...nodeArgs, program, ...args], {
    cwd: folder,
    env: clean,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

async function textOf(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += chunk
  return text
}
