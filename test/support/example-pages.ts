import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { spawn } from './child-process.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')

/** `node examples/NAME/serve.js`, as a developer runs it. `await using` ends it. */
export class ExamplePages implements AsyncDisposable {
  /** `http://localhost:3000` */
  readonly url: string
  readonly #child: ChildProcess

  private constructor(url: string, child: ChildProcess) {
    this.url = url
    this.#child = child
  }

  static async open(env: Readonly<Record<string, string>>, name = 'pintalk'): Promise<ExamplePages> {
    const options = { env: { PATH: process.env['PATH'], PORT: '0', ...env } }
    const script = join(examples, name, 'serve.js')
    const child = spawn(process.execPath, [script], { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface(child.stdout)) {
      const url = /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)\//.exec(line)?.[1]
      if (url) return new ExamplePages(url, child)
    }
    throw new Error('the pages are not served')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await once(this.#child, 'exit')
  }
}
