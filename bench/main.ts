import { mkdtempSync, rmSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine, fileSystemOf } from './report/machine.ts'
import type { ScenarioResult } from './report/result.ts'
import { renderResult } from './report/table.ts'
import { bridge } from './scenarios/bridge.ts'
import { cluster } from './scenarios/cluster.ts'
import { fanout } from './scenarios/fanout.ts'
import { growth } from './scenarios/growth.ts'
import { history } from './scenarios/history.ts'
import { idle } from './scenarios/idle.ts'
import { pairs } from './scenarios/pairs.ts'
import { resume } from './scenarios/resume.ts'
import { rooms } from './scenarios/rooms.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { killSubjects } from './subject/subject.ts'

const scenarios: ReadonlyMap<string, Scenario> = new Map(
  Object.entries({ fanout, pairs, idle, history, growth, rooms, bridge, resume, cluster }),
)

const usage = `npm run bench -- [scenario…] [--quick] [--json file] [--dir folder] [--profile folder]
  scenarios  ${[...scenarios.keys()].join(', ')}; all of them where none is named
  --quick    a smoke test of about a minute: small numbers that mean nothing
  --json     also write the results there
  --dir      where the stores go; a disk, not memory (default: the system's folder for temporary files)
  --profile  write CPU profiles of our server there (they slow it down)`

/** Runs the scenarios one after the other. Says what was measured; whether a bar is met does not change the exit code. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' },
      json: { type: 'string' },
      dir: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  const names = positionals.length > 0 ? positionals : [...scenarios.keys()]
  const unknown = names.filter((name) => !scenarios.has(name))
  if (values.help || unknown.length > 0) {
    console.error(unknown.length > 0 ? `unknown scenario: ${unknown.join(', ')}\n${usage}` : usage)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const folder = mkdtempSync(join(values.dir ?? diskFolder(), 'parlance-bench-'))
  process.on('exit', () => {
    killSubjects()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.on(signal, () => process.exit(code))

  const machine = describeMachine(folder)
  const quick = values.quick ?? false
  const { node, cpu, cores, kernel, memoryGiB, fileSystem } = machine
  console.log(
    `Node ${node}, ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${kernel}, ${fileSystem}${quick ? '; quick: the numbers mean nothing' : ''}`,
  )
  if (values.profile !== undefined) mkdirSync(values.profile, { recursive: true })
  const results: ScenarioResult[] = []
  for (const name of names) {
    const own = join(folder, name)
    mkdirSync(own, { recursive: true })
    const say = (what: string): void => console.error(`${name}: ${what}`)
    const result = await scenarios.get(name)!({ quick, folder: own, profileDir: values.profile ?? null, machine, say })
    rmSync(own, { recursive: true, force: true })
    console.log(`\n${renderResult(result)}`)
    results.push(result)
    // After each, so that a later one that fails doesn't take it along.
    if (values.json !== undefined)
      writeFileSync(
        values.json,
        `${JSON.stringify({ at: new Date().toISOString(), quick, machine, results }, null, 2)}\n`,
      )
  }
}

/** Durability on memory would cost nothing: not where the folder for temporary files is one. */
function diskFolder(): string {
  return fileSystemOf(tmpdir()) === 'tmpfs' ? process.cwd() : tmpdir()
}

try {
  await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
process.exit()
