import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { summaryOf, tableOf, wordsOfRun, type Summary } from './report/table.ts'
import { run } from './run.ts'
import { killDaemons } from './world/daemon.ts'
import { isInside, runInside, whyNoNetworks } from './world/isolation.ts'

const folderVariable = 'PARLANCE_TORTURE_FOLDER'
const whyVariable = 'PARLANCE_TORTURE_WHY_NOT_CUT'

const usage = `npm run torture -- [--seconds 120] [--seed 1] [--runs 1] [--nodes 3] [--ack stored|accepted] [--redis-memory] [--no-cuts] [--json file] [--logs folder]
  --seconds       how long things go wrong
  --seed          of the first run; the same seed plans the same faults. Each further run takes the next number
  --nodes         1: without Redis
  --ack           when a sender hears that its message is kept (PARLANCE_ACK)
  --redis-memory  Redis has forgotten everything when it is killed
  --no-cuts       without network namespaces, which need root
  --json          also write the results there
  --logs          keep there what the nodes log, and what everybody was told`

const options = {
  seconds: { type: 'string', default: '120' },
  seed: { type: 'string', default: '1' },
  runs: { type: 'string', default: '1' },
  nodes: { type: 'string', default: '3' },
  ack: { type: 'string', default: 'stored' },
  'redis-memory': { type: 'boolean', default: false },
  'no-cuts': { type: 'boolean', default: false },
  json: { type: 'string' },
  logs: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

/** Exits with 0 when no promise was broken, and with 1 otherwise. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options })
  const numbers = { seconds: values.seconds, seed: values.seed, runs: values.runs, nodes: values.nodes }
  const isWrong = Object.values(numbers).some((text) => !/^[1-9]\d{0,8}$/.test(text))
  if (values.help || isWrong || !['stored', 'accepted'].includes(values.ack)) {
    console.error(usage)
    return values.help ? 0 : 2
  }
  if (!isInside) {
    const whyNotCut = values['no-cuts'] ? 'not wanted' : whyNoNetworks()
    if (whyNotCut === null) return withFolder((folder) => runInside({ [folderVariable]: folder }))
    process.env[whyVariable] = whyNotCut
  }
  return withFolder(async (folder) => {
    const summaries: Summary[] = []
    for (let index = 0; index < Number(values.runs); index++) {
      summaries.push(await oneRun(Number(values.seed) + index, folder, values))
      if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(summaries, null, 2)}\n`)
    }
    if (summaries.length > 1) console.log(`\n${tableOf(summaries)}`)
    return summaries.every(({ verdict }) => verdict === 'CLEAN') ? 0 : 1
  })
}

async function oneRun(
  seed: number,
  folder: string,
  values: { seconds: string; nodes: string; ack: string; 'redis-memory': boolean; logs?: string | undefined },
): Promise<Summary> {
  const own = join(folder, `run-${seed}`)
  mkdirSync(own)
  if (values.logs !== undefined) mkdirSync(values.logs, { recursive: true })
  const onLog = (node: string, line: string): void => {
    if (values.logs !== undefined)
      appendFileSync(join(values.logs, `${seed}-${node.replace(' ', '-')}.log`), `${line}\n`)
  }
  const verdict = await run({
    seed,
    seconds: Number(values.seconds),
    nodes: Number(values.nodes),
    ack: values.ack,
    redisKeeps: !values['redis-memory'],
    folder: own,
    isInside,
    whyNotCut: process.env[whyVariable] ?? null,
    say: (what) => console.log(what),
    onLog,
  })
  rmSync(own, { recursive: true, force: true, maxRetries: 5 })
  if (values.logs !== undefined)
    writeFileSync(join(values.logs, `${seed}-records.json`), JSON.stringify(verdict.records))
  const summary = summaryOf(verdict)
  console.log(`\n${wordsOfRun(summary)}`)
  return summary
}

/** With a folder of its own, which goes in any case; inside, whoever is outside has it. */
async function withFolder(work: (folder: string) => Promise<number>): Promise<number> {
  const given = process.env[folderVariable]
  if (given !== undefined) return work(given)
  const folder = mkdtempSync(join(tmpdir(), 'parlance-torture-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return work(folder)
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => process.exit(code))
process.on('exit', killDaemons)

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
process.exit()
