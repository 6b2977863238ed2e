import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { spawn } from './support/child-process.ts'
import type { Summary } from '../torture/report/table.ts'

const program = fileURLToPath(new URL('../torture/main.ts', import.meta.url))

async function torture(...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}

test('three nodes, everything that can go wrong, and no promise broken', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'torture-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const json = join(folder, 'results.json')
  const { code, output } = await torture('--seconds', '20', '--seed', '7', '--json', json)
  t.diagnostic(output.split('\n').slice(-20).join('\n'))
  assert.equal(code, 0, output)
  const [summary] = JSON.parse(readFileSync(json, 'utf8')) as Summary[]
  assert.ok(summary)
  assert.ok(Object.keys(summary.faults).length > 2, output)
  assert.ok(summary.messages.acked > 200 && summary.deliveries > summary.messages.acked, output)
})

test('what makes no sense is told with what does', async () => {
  const { code, output } = await torture('--seconds', 'soon')
  assert.equal(code, 2)
  assert.match(output, /--seconds +how long/)
})
