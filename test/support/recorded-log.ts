import type { Log } from '../../src/core/ports.ts'

export interface Logged {
  readonly level: keyof Log
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** A log that remembers what was written, for tests to look at. */
export class RecordedLog implements Log {
  readonly lines: Logged[] = []
  readonly #waiting: { level: keyof Log; message: string | undefined; found: (line: Logged) => void }[] = []

  error(fields: object, message: string): void {
    this.#write('error', fields, message)
  }

  warn(fields: object, message: string): void {
    this.#write('warn', fields, message)
  }

  info(fields: object, message: string): void {
    this.#write('info', fields, message)
  }

  debug(fields: object, message: string): void {
    this.#write('debug', fields, message)
  }

  of(level: keyof Log): Logged[] {
    return this.lines.filter((line) => line.level === level)
  }

  /** The next line of that level; of those that say `message`, if that is given. */
  next(level: keyof Log, message?: string): Promise<Logged> {
    return new Promise((found) => this.#waiting.push({ level, message, found }))
  }

  #write(level: keyof Log, fields: object, message: string): void {
    const line = { level, fields: { ...fields }, message }
    this.lines.push(line)
    const index = this.#waiting.findIndex(
      (one) => one.level === level && (one.message === undefined || one.message === message),
    )
    if (index >= 0) this.#waiting.splice(index, 1)[0]?.found(line)
  }
}
