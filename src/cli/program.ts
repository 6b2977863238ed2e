import { ConfigError, nearest } from '../config/problems.ts'
import { ChatError } from '../core/errors.ts'
import { DatabaseError } from '../stores/mysql/database-error.ts'
import { StoreFileError } from '../stores/sqlite/database.ts'
import { version } from '../version.ts'
import { appAdd } from './app-add.ts'
import { appList } from './app-list.ts'
import { appShow } from './app-show.ts'
import { readArguments } from './arguments.ts'
import { CommandError, type Command } from './command.ts'
import { backup } from './backup.ts'
import { doctor } from './doctor.ts'
import { helpOf, overview } from './help.ts'
import { restore } from './restore.ts'
import { retention } from './retention.ts'
import { start } from './start.ts'
import { token } from './token.ts'
import { userAdd } from './user-add.ts'
import { userList } from './user-list.ts'
import { userPassword } from './user-password.ts'

const commands: readonly Command[] = [
  start,
  doctor,
  appList,
  appAdd,
  appShow,
  userList,
  userAdd,
  userPassword,
  token,
  retention,
  backup,
  restore,
]

/** Runs one command line; resolves with the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  // Who reads us may stop early (`parlance user list | head`): that is not a failure.
  process.stdout.on('error', ignoreClosedPipe)
  const command = commands.find(({ words }) => words.every((word, index) => args[index] === word))
  try {
    return command ? await run(command, args.slice(command.words.length)) : guide(args)
  } catch (error) {
    const { message, exitCode } = explain(error)
    process.stderr.write(`${message}\n`)
    if (exitCode === 2 && command && error instanceof CommandError) {
      process.stderr.write(`\`parlance ${command.words.join(' ')} --help\` tells more.\n`)
    }
    return exitCode
  }
}

async function run(command: Command, args: readonly string[]): Promise<number> {
  if (asksForHelp(args)) {
    process.stdout.write(`${helpOf(command)}\n`)
    return 0
  }
  const { values, operands } = readArguments(command, args)
  return (await command.run(values, operands)) ?? 0
}

/** Where no command is named. */
function guide(args: readonly string[]): number {
  const [first] = args
  if (first === '--version' || first === '-v') {
    process.stdout.write(`${version}\n`)
    return 0
  }
  const words = args.slice(0, 2).filter((arg) => !arg.startsWith('-'))
  const group = commands.some((command) => command.words.length > 1 && command.words[0] === first) ? first : undefined
  if (asksForHelp(args) || first === 'help') {
    process.stdout.write(`${overview(commands, group)}\n`)
    return 0
  }
  if (first === undefined || (group !== undefined && words.length === 1)) {
    process.stderr.write(`${overview(commands, group)}\n`)
    return 2
  }
  if (first.startsWith('-'))
    throw new CommandError(`${first} is not a flag here: a command comes first, see \`parlance --help\``, 2)
  const names = commands.map((command) => command.words.join(' '))
  const said = group === undefined ? first : words.join(' ')
  const guess =
    nearest(words.join(' '), names) ?? nearest(first, [...names, ...commands.map((command) => command.words[0] ?? '')])
  throw new CommandError(
    `${said} is not a command` + (guess === null ? ', see `parlance --help`' : `; did you mean ${guess}?`),
    2,
  )
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === '--help' || arg === '-h')
}

function explain(error: unknown): { message: string; exitCode: number } {
  if (error instanceof CommandError) return error
  if (error instanceof ConfigError) return { message: error.message, exitCode: 2 }
  if (error instanceof StoreFileError || error instanceof DatabaseError || error instanceof ChatError)
    return { message: error.message, exitCode: 1 }
  // Only SQLite's errors have an errcode: a full disk, a file system gone.
  if (error instanceof Error && 'errcode' in error) {
    return { message: `the store failed: ${error.message}; \`parlance doctor\` tells more`, exitCode: 1 }
  }
  return { message: `internal error: ${error instanceof Error ? error.stack : String(error)}`, exitCode: 1 }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
