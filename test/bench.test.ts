import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { spawn } from './support/child-process.ts'
import type { ScenarioResult } from '../bench/report/result.ts'
import { bar, measure } from '../bench/report/result.ts'
import { percentile, ratios, spread } from '../bench/report/statistics.ts'

const program = fileURLToPath(new URL('../bench/main.ts', import.meta.url))

async function bench(...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}

test('a quick run measures, says what and on which machine, and leaves nothing behind', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'bench-test-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const json = join(dir, 'results.json')
  const { code, output } = await bench('history', '--quick', '--json', json, '--dir', dir)
  assert.equal(code, 0, output)
  const { machine, quick, results } = JSON.parse(readFileSync(json, 'utf8')) as {
    machine: { node: string }
    quick: boolean
    results: ScenarioResult[]
  }
  assert.equal(machine.node, process.version)
  assert.equal(quick, true)
  assert.deepEqual(
    results.map(({ scenario }) => scenario),
    ['history'],
  )
  const numbers = results.flatMap(({ measures, bars }) => [...measures, ...bars]).map(({ median }) => median)
  assert.ok(numbers.length > 0 && numbers.every((number) => number > 0), output)
  assert.match(output, /\| parlance \| MESSAGE_LIST over a socket/)
  assert.deepEqual(readdirSync(dir), ['results.json'])
})

test('a scenario that is not there is told with those that are', async () => {
  const { code, output } = await bench('fanuot')
  assert.equal(code, 2)
  assert.match(output, /unknown scenario: fanuot/)
  assert.match(output, /fanout, pairs, idle, history, growth/)
})

test('medians stand between their neighbours, ratios are taken side by side', () => {
  assert.deepEqual(spread([3, 1, 2, 10]), { median: 2.5, min: 1, max: 10 })
  assert.equal(percentile([1, 2, 3, 4, 5], 0.75), 4)
  assert.deepEqual(ratios([1, 9], [2, 3]), [0.5, 3])
})

test('a bar is met by the median, whichever way it points', () => {
  assert.equal(bar('cost', '×', [0.1, 0.2, 5], { atMost: 0.2 }).isMet, true)
  assert.equal(bar('cost', '×', [0.1, 0.3, 5], { atMost: 0.2 }).isMet, false)
  assert.equal(bar('speed', '×', [0.5, 0.6, 0.7], { atLeast: 0.6 }).isMet, true)
  assert.equal(bar('speed', '×', [0.5, 0.5, 0.7], { atLeast: 0.6 }).isMet, false)
  assert.deepEqual(measure('us', 'cost', 'µs', [2, 1]).values, [2, 1])
})
