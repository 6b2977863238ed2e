import { parseArgs } from 'node:util'
import { nearest } from '../config/problems.ts'
import { CommandError, type Command, type Flag } from './command.ts'

export interface Arguments {
  readonly values: Readonly<Record<string, string | readonly string[] | boolean | undefined>>
  readonly operands: readonly string[]
}

/** Reads what stands behind a command's words. Throws a `CommandError` with every mistake at once. */
export function readArguments({ flags, operands: names = [] }: Command, args: readonly string[]): Arguments {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [name, { type: value === null ? 'boolean' : 'string' } as const]),
  )
  // Not strict: its errors name one mistake and no neighbour.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const given = new Map<string, string[]>()
  const operands: string[] = []
  const problems: string[] = []
  let isUnknown = false
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    isUnknown ||= flag === undefined
    const problem = flag ? wrong(flag, value, inlineValue ?? false) : unknown(name, Object.keys(flags))
    if (problem !== null) problems.push(`${rawName} ${problem}`)
    else given.set(name, [...(given.get(name) ?? []), value ?? ''])
  }
  for (const [name, flag] of Object.entries(flags)) {
    const values = given.get(name) ?? []
    if (values.length > 1 && !flag.many) problems.push(`--${name} is given more than once`)
    const mistaken = problems.some((problem) => problem.startsWith(`--${name} `))
    if (flag.required && values.length === 0 && !mistaken)
      problems.push(`--${name} ${flag.value} is missing: ${flag.doc}`)
  }
  for (const name of names.slice(operands.length)) problems.push(`<${name}> is missing`)
  // Behind an unknown flag it is most likely that flag's value.
  const extras = isUnknown ? [] : operands.slice(names.length)
  for (const extra of extras) problems.push(`${JSON.stringify(extra)} is one word too many`)
  if (problems.length > 0) throw new CommandError(problems.join('\n'), 2)
  const values = Object.entries(flags).map(([name, flag]) => {
    const texts = given.get(name)
    if (flag.value === null) return [name, texts !== undefined] as const
    return [name, flag.many ? (texts ?? []) : texts?.[0]] as const
  })
  return { values: Object.fromEntries(values), operands }
}

function wrong({ value: placeholder, choices }: Flag, value: string | undefined, inline: boolean): string | null {
  if (placeholder === null) return inline ? 'takes no value' : null
  // A value that looks like a flag is a value that was forgotten, unless it is given as --flag=-value.
  if (value === undefined || value === '' || (!inline && /^-./.test(value))) return `needs a value: ${placeholder}`
  if (!choices || choices.includes(value)) return null
  const guess = nearest(value, choices)
  return `${value}: expected one of ${choices.join(', ')}` + (guess === null ? '' : `; did you mean ${guess}?`)
}

function unknown(name: string, known: readonly string[]): string {
  const guess = nearest(name, known)
  return 'is not a flag of this command' + (guess === null ? '' : `; did you mean --${guess}?`)
}
