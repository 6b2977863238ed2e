import type { FastifyRequest } from 'fastify'
import { Refusal } from './refusal.ts'

const emailPattern = /^[^\s@"<>(),;:\\[\]]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*$/u
const maxEmailChars = 100
const maxPasswordBytes = 1024

interface TextRule {
  readonly min?: number
  readonly max?: number
  /** Line breaks and tabs are fine. */
  readonly lines?: boolean
}

/**
 * The values of a request: its body's, then its path's, then its query's, of which the last counts. Nobody asks for others,
 * so they are dropped. A wrong value is noted and read as a harmless one; `done` refuses the request with all that was noted,
 * in the words of class-validator.
 */
export class Fields {
  readonly #values = new Map<string, unknown>()
  readonly #problems: string[] = []

  constructor({ body, params, query }: Pick<FastifyRequest, 'body' | 'params' | 'query'>) {
    for (const source of [body, params, query]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) continue
      for (const [name, value] of Object.entries(source)) this.#values.set(name, value)
    }
  }

  /** There, and said: null and undefined are nothing. */
  has(name: string): boolean {
    return (this.#values.get(name) ?? null) !== null
  }

  /** As it came. */
  raw(name: string): unknown {
    return this.#values.get(name)
  }

  /** Without control characters. */
  text(name: string, { min = 0, max = 1000, lines = false }: TextRule = {}): string {
    const value = this.#values.get(name)
    if (typeof value !== 'string') {
      if (min > 0) this.#problems.push(`${name} must be longer than or equal to ${min} characters`)
      return this.#note(`${name} must be a string`)
    }
    if (value.length < min) return this.#note(`${name} must be longer than or equal to ${min} characters`)
    if (value.length > max) return this.#note(`${name} must be shorter than or equal to ${max} characters`)
    const hasControls = /\p{Cc}/u.test(lines ? value.replace(/[\r\n\t]/g, '') : value)
    return hasControls ? this.#note(`${name} must not have control characters`) : value.toWellFormed()
  }

  /** Undefined when nothing is said. */
  maybeText(name: string, rule?: TextRule): string | undefined {
    return this.has(name) ? this.text(name, rule) : undefined
  }

  /** A message: any characters. How long it may be is the chat's to say. */
  words(name: string): string {
    const value = this.#values.get(name)
    if (typeof value === 'string' && value !== '') return value
    if (value === '') return this.#note(`${name} should not be empty`)
    return this.#note(`${name} must be a string`)
  }

  email(name: string): string {
    const value = this.#values.get(name)
    const fits =
      typeof value === 'string' &&
      value.length <= maxEmailChars &&
      emailPattern.test(value) &&
      !/\p{Cc}/u.test(value) &&
      value.isWellFormed()
    return fits ? value : this.#note(`${name} must be an email`)
  }

  newPassword(name: string, min: number): string {
    const value = this.#values.get(name)
    if (typeof value !== 'string' || value.length < min)
      return this.#note(`${name} must be longer than or equal to ${min} characters`)
    const isLong = Buffer.byteLength(value) > maxPasswordBytes
    return isLong ? this.#note(`${name} must be shorter than or equal to ${maxPasswordBytes} bytes`) : value
  }

  flag(name: string): boolean {
    const value = this.#values.get(name)
    if (typeof value === 'boolean') return value
    // A query knows only texts.
    if (value === 'true' || value === 'false') return value === 'true'
    this.#note(`${name} must be a boolean value`)
    return false
  }

  oneOf<T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
    const value = this.#values.get(name)
    const found = allowed.find((one) => one === value)
    if (found === undefined) this.#note(`${name} must be one of the following values: ${allowed.join(', ')}`)
    return found ?? allowed[0]
  }

  /** A whole number from `min` on, which a query writes as digits. */
  integer(name: string, min: number): number {
    const value = this.#values.get(name)
    const number = typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= min) return number
    this.#note(`${name} must be an integer number`)
    return min
  }

  /** One id alone counts as a list of it. */
  ids(name: string, max: number): readonly string[] {
    const value = this.#values.get(name)
    const list = typeof value === 'string' ? [value] : value
    const fits = Array.isArray(list) && list.every((one) => typeof one === 'string')
    if (!fits) this.#note(`${name} must be an array`)
    else if (list.length === 0) this.#note(`${name} should not be empty`)
    else if (list.length > max) this.#note(`${name} must contain no more than ${max} elements`)
    else return [...new Set<string>(list)]
    return []
  }

  done(): void {
    if (this.#problems.length > 0) throw new Refusal(400, this.#problems)
  }

  #note(problem: string): '' {
    this.#problems.push(problem)
    return ''
  }
}
