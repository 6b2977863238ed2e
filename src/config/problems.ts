/** Thrown with everything that is wrong with the configuration, so that one start shows it all. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const head = problems.length === 1 ? '1 problem' : `${problems.length} problems`
    super([`${head} in the configuration:`, ...problems.map((problem) => `  ${problem}`)].join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Collects problems in sentences. Values that may be secrets are never repeated. */
export class Problems {
  readonly #lines: string[] = []

  wrong(name: string, value: unknown, expected: string): void {
    this.#lines.push(`${name} = ${shown(value)}: expected ${expected}`)
  }

  wrongSecret(name: string, expected: string): void {
    this.#lines.push(`${name} (value hidden): expected ${expected}`)
  }

  missing(name: string, expected: string): void {
    this.#lines.push(`${name} is missing: expected ${expected}`)
  }

  /** The value isn't shown: under a mistyped name it may well be a secret. */
  unknown(name: string, known: Iterable<string>, what: string): void {
    const guess = nearest(name.slice(name.lastIndexOf('.') + 1), known)
    this.#lines.push(`${name} is not ${what}` + (guess === null ? '' : `; did you mean ${guess}?`))
  }

  refuse(sentence: string): void {
    this.#lines.push(sentence)
  }

  throwIfAny(): void {
    if (this.#lines.length > 0) throw new ConfigError(this.#lines)
  }
}

const shownChars = 80

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= shownChars ? text : `${text.slice(0, shownChars)}…`
}

/** The candidate that takes the fewest edits, when that is few enough to be a slip of the hand. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null
  let bestEdits = Math.max(2, Math.floor(word.length / 4)) + 1
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase())
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits]
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours that make one word of the other. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1]
      let edits = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      if (swapped) edits = Math.min(edits, at(beforeLast, j - 2) + 1)
      row.push(edits)
    }
    ;[beforeLast, last] = [last, row]
  }
  return at(last, to.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
