import type { Send } from '../journal.ts'
import type { Verdict } from '../run.ts'

const shown = 20

export interface Summary {
  readonly seed: number
  readonly seconds: number
  readonly nodes: number
  readonly ack: string
  readonly faults: Readonly<Record<string, number>>
  readonly leftOut: readonly string[]
  readonly messages: {
    readonly said: number
    readonly acked: number
    readonly refused: number
    readonly unknown: number
  }
  readonly deliveries: number
  readonly connections: number
  readonly worstAckMs: number
  /** Why messages were refused, or nobody knows: how often. */
  readonly reasons: Readonly<Record<string, number>>
  readonly violations: readonly { readonly rule: string; readonly words: string }[]
  readonly verdict: 'CLEAN' | 'VIOLATED'
}

export function summaryOf({ seed, seconds, nodes, ack, faults, leftOut, records, violations }: Verdict): Summary {
  const { sends, lines } = records
  const count = (outcome: Send['outcome']): number => sends.filter((send) => send.outcome === outcome).length
  const acked = sends.filter(({ outcome }) => outcome === 'acked')
  return {
    seed,
    seconds,
    nodes,
    ack,
    faults: countsOf(faults.map(({ kind }) => kind)),
    leftOut,
    messages: {
      said: sends.length,
      acked: acked.length,
      refused: count('refused'),
      unknown: count('unknown') + count('open'),
    },
    deliveries: lines.reduce((sum, { heard }) => sum + heard.length, 0),
    connections: lines.length,
    worstAckMs: Math.round(acked.reduce((worst, { sentAt, endedAt }) => Math.max(worst, endedAt - sentAt), 0)),
    reasons: countsOf(sends.filter(({ outcome }) => outcome !== 'acked').map(reasonOf)),
    violations,
    verdict: violations.length === 0 ? 'CLEAN' : 'VIOLATED',
  }
}

/** What a run has to say, for people. */
export function wordsOfRun(summary: Summary): string {
  const { seed, seconds, nodes, ack, faults, leftOut, messages, deliveries, connections, worstAckMs } = summary
  const { said, acked, refused, unknown } = messages
  const lines = [
    `seed ${seed}, ${seconds} s, ${nodes} nodes, ack=${ack}`,
    `faults: ${
      Object.entries(faults)
        .map(([kind, count]) => `${count} × ${kind}`)
        .join(', ') || 'none'
    }`,
    ...leftOut.map((what) => `left out: ${what}`),
    `messages: ${said} said, ${acked} acknowledged, ${refused} refused, ${unknown} unknown; slowest acknowledgement ${(worstAckMs / 1000).toFixed(1)} s`,
    `deliveries: ${deliveries} on ${connections} lines`,
    ...Object.entries(summary.reasons).map(([reason, count]) => `  ${count} × ${reason}`),
    ...summary.violations.slice(0, shown).map(({ rule, words }) => `  ${rule}: ${words}`),
  ]
  if (summary.violations.length > shown) lines.push(`  and ${summary.violations.length - shown} more`)
  return `${lines.join('\n')}\n${summary.verdict}`
}

/** One row for each run, as Markdown. */
export function tableOf(summaries: readonly Summary[]): string {
  const head = [
    'seed',
    's',
    'faults',
    'said',
    'acknowledged',
    'refused',
    'unknown',
    'deliveries',
    'slowest ack',
    'verdict',
  ]
  const rows = summaries.map(({ seed, seconds, faults, messages, deliveries, worstAckMs, verdict, violations }) => [
    seed,
    seconds,
    Object.values(faults).reduce((sum, count) => sum + count, 0),
    messages.said,
    messages.acked,
    messages.refused,
    messages.unknown,
    deliveries,
    `${(worstAckMs / 1000).toFixed(1)} s`,
    verdict === 'CLEAN' ? verdict : `${verdict} (${violations.length})`,
  ])
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** Without what is another each time. */
function reasonOf({ room, outcome, why }: Send): string {
  const [, name = ''] = room.name.split('/')
  return `${name} ${outcome}: ${why.replaceAll(/[\w-]{16,}|\d{6,}/g, '…').slice(0, 120)}`
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
