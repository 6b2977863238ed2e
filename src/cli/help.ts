import type { Command, Flag } from './command.ts'
import { inColumns } from './columns.ts'

/** The overall help; with `group` only the commands that begin with that word. */
export function overview(commands: readonly Command[], group?: string): string {
  const listed = group === undefined ? commands : commands.filter(({ words }) => words[0] === group)
  const rows = listed.map((command) => [`  ${[...command.words, ...operandsOf(command)].join(' ')}`, command.summary])
  return [
    `Usage: parlance ${group ?? '<command>'} …`,
    '',
    inColumns(rows),
    '',
    '`parlance <command> --help` tells a command’s flags, `parlance --version` the version.',
    'Settings are environment variables: see docs/configuration.md.',
  ].join('\n')
}

export function helpOf(command: Command): string {
  const flags = Object.entries(command.flags)
  const usage = [
    'parlance',
    ...command.words,
    ...operandsOf(command),
    ...flags.map(([name, flag]) => inUsage(name, flag)),
  ]
  const rows = flags.map(([name, flag]) => [`  ${inHelp(name, flag)}`, flag.doc])
  const parts = [`Usage: ${usage.join(' ')}`, `${command.summary}.` + (command.details ? `\n${command.details}` : '')]
  return [...parts, ...(rows.length > 0 ? [inColumns(rows)] : [])].join('\n\n')
}

function inUsage(name: string, flag: Flag): string {
  const { required, many } = flag
  const text = inHelp(name, flag)
  return (required ? text : `[${text}]`) + (many ? '…' : '')
}

function inHelp(name: string, { value }: Flag): string {
  return value === null ? `--${name}` : `--${name} ${value}`
}

function operandsOf({ operands = [] }: Command): string[] {
  return operands.map((name) => `<${name}>`)
}
