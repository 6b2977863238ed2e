import type { Bar, ScenarioResult } from './result.ts'

/** A scenario's result as lines for a terminal, which are a Markdown table too. */
export function renderResult({ scenario, measures, bars, notes }: ScenarioResult): string {
  const measured = measures.map(({ subject, what, unit, median, min, max }) => [
    subject,
    what,
    `${digits(median)} ${unit}`.trim(),
    `${digits(min)}–${digits(max)}`,
  ])
  const lines = [`### ${scenario}`, '', ...table(['server', 'measured', 'median', 'min–max'], measured)]
  if (bars.length > 0) {
    const judged = bars.map((each) => [
      each.what,
      `${digits(each.median)} ${each.unit}`.trim(),
      `${digits(each.min)}–${digits(each.max)}`,
      limit(each),
      each.isMet ? 'met' : 'MISSED',
    ])
    lines.push('', ...table(['compared', 'median', 'min–max', 'bar', ''], judged))
  }
  if (notes.length > 0) lines.push('', ...notes.map((note) => `- ${note}`))
  return lines.join('\n')
}

function limit({ atMost, atLeast, unit }: Bar): string {
  return atMost === undefined
    ? `≥ ${digits(atLeast ?? Number.NaN)} ${unit}`.trim()
    : `≤ ${digits(atMost)} ${unit}`.trim()
}

/** Three significant digits, and whole numbers from a hundred on. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, column) => Math.max(cell.length, 3, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)]
}
