/** A flag that takes a value, `--login agent1`, or none, `--dry-run`. */
export interface Flag {
  /** Stands for the value in the help; null for a flag that takes none. */
  readonly value: string | null
  readonly doc: string
  readonly required?: true
  /** May be given more than once. */
  readonly many?: true
  readonly choices?: readonly string[]
}

export type Flags = { readonly [name: string]: Flag }

type Choice<F extends Flag> = F extends { choices: readonly (infer C extends string)[] } ? C : string

/** What a command gets for its flags. */
export type Values<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends { value: null }
    ? boolean
    : F[Name] extends { many: true }
      ? readonly Choice<F[Name]>[]
      : F[Name] extends { required: true }
        ? Choice<F[Name]>
        : Choice<F[Name]> | undefined
}

interface TypedCommand<F extends Flags> {
  /** `['user', 'add']` */
  readonly words: readonly string[]
  /** One line of the overall help. */
  readonly summary: string
  /** More lines of the command's own help. */
  readonly details?: string
  /** Names of what must stand behind the words: `['id']`. */
  readonly operands?: readonly string[]
  readonly flags: F
  /** Returns the exit code; nothing for 0. Throws a `CommandError` for what the operator should hear. */
  run(values: Values<F>, operands: readonly string[]): Promise<number | void>
}

/** One command of the command line, its flags' types forgotten. */
export type Command = Omit<TypedCommand<Flags>, 'run'> & {
  run(
    values: Readonly<Record<string, string | readonly string[] | boolean | undefined>>,
    operands: readonly string[],
  ): Promise<number | void>
}

export function defineCommand<const F extends Flags>(command: TypedCommand<F>): Command {
  return command
}

/** Why a command can't do its work: one sentence for the operator, who did nothing that a stack trace explains. */
export class CommandError extends Error {
  /** 2 for a wrong command line or configuration, 1 for everything else. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}
