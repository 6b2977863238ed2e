import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { spawn } from './support/child-process.ts'

const examples = join(import.meta.dirname, '..', 'examples')
/** Every Node on the PATH: ours from node_modules first, then the machine's own, which may be an old one. */
const paths = execFileSync('sh', ['-c', 'which -a node'], { encoding: 'utf8' }).trim().split('\n')
const nodes = new Set(paths.map((path) => realpathSync(path)))

for (const name of readdirSync(examples)) {
  for (const node of nodes) {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
    test(`the ${name} example prints its address on Node ${version}`, async (t) => {
      const env = { PATH: process.env['PATH'], PORT: '0' }
      const child = spawn(node, [join(examples, name, 'serve.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
      t.after(() => child.kill('SIGKILL'))
      const output = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
      assert.match(String(output[0]), /http:\/\/(?:127\.0\.0\.1|localhost):\d+\//)
    })
  }
}
