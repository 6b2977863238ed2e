import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { spawn } from './support/child-process.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const root = join(import.meta.dirname, '..')

test('a failed test that leaves a server and a process behind does not keep the run alive', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'leaking.test.ts')
  await writeFile(
    file,
    `import { createServer } from 'node:http'
     import { test } from 'node:test'
     import { spawn } from ${JSON.stringify(join(root, 'test', 'support', 'child-process.ts'))}
     test('fails', () => {
       createServer().listen(0, '127.0.0.1')
       // While it runs it holds the output of the run open.
       spawn('sleep', ['1000'], { stdio: 'inherit' })
       throw new Error('on purpose')
     })`,
  )
  const { NODE_TEST_CONTEXT: _ofThisRun, ...env } = process.env
  const script = join(root, 'scripts', 'test.ts')
  const run = spawn(process.execPath, [script, 'main', '--', file], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  run.stdout!.on('data', (data: Buffer) => (output += data.toString()))
  const [code] = await once(run, 'close')
  assert.equal(code, 1)
  assert.match(output, /on purpose/)
})
