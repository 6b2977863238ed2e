import type { Problems } from './problems.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What every section of one file shares. */
export interface Reading {
  readonly problems: Problems
  readonly env: Environment
  /** Names of environment variables that the file refers to. */
  readonly named: Set<string>
}

interface Text<Fallback> {
  readonly pattern: RegExp
  readonly expected: string
  /** The value when the key is absent. Without it the key must be there. */
  readonly fallback?: Fallback
}

/**
 * One object of the configuration file, read key by key. A wrong value is noted and read as a harmless one, so
 * that reading goes on; `done` notes the keys that nobody asked for.
 */
export class Section {
  readonly path: string
  readonly #reading: Reading
  readonly #values: ReadonlyMap<string, unknown>
  readonly #asked = new Set<string>()

  constructor(path: string, value: unknown, reading: Reading) {
    this.path = path
    this.#reading = reading
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject) reading.problems.wrong(path || 'the configuration', value, 'an object')
    this.#values = new Map(isObject ? Object.entries(value) : [])
  }

  name(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`
  }

  text<Fallback extends string | null = never>(key: string, rule: Text<Fallback>): string | Fallback {
    const value = this.#take(key)
    if (value === undefined && rule.fallback !== undefined) return rule.fallback
    if (value === null && rule.fallback === null) return value as Fallback
    if (typeof value === 'string' && rule.pattern.test(value)) return value
    this.#wrong(key, value, rule.expected)
    return ''
  }

  /** A text that is never repeated in a message. It may be given as `{"env": "NAME"}`. */
  secret(key: string, minChars: number): string
  secret(key: string, minChars: number, fallback: null): string | null
  secret(key: string, minChars: number, fallback?: null): string | null {
    const expected = `a secret of ${minChars} to 1024 characters, or {"env": "NAME"}`
    const value = this.#take(key)
    if ((value === undefined || value === null) && fallback === null) return null
    if (value === undefined) {
      this.#reading.problems.missing(this.name(key), expected)
      return ''
    }
    const secret = typeof value === 'string' ? value : this.#fromEnvironment(key, value)
    if (secret === undefined) return ''
    const fits = typeof secret === 'string' && secret.length >= minChars && secret.length <= 1024
    if (!fits) this.#reading.problems.wrongSecret(this.name(key), expected)
    return fits ? secret : ''
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#take(key)
    if (value === undefined) return fallback
    if (typeof value === 'boolean') return value
    this.#wrong(key, value, 'true or false')
    return fallback
  }

  integer(key: string, min: number, max: number, fallback: number): number {
    const value = this.#take(key)
    if (value === undefined) return fallback
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
    this.#wrong(key, value, `a whole number from ${min} to ${max}`)
    return fallback
  }

  webUrl(key: string): string | null {
    const value = this.#take(key)
    if (value === undefined || value === null) return null
    const url = typeof value === 'string' ? URL.parse(value) : null
    if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href
    this.#wrong(key, value, 'an http:// or https:// address, or null')
    return null
  }

  /** A list, each element checked by `accepts`; empty when it is absent or null. */
  texts(key: string, expected: string, accepts: (text: string) => boolean): readonly string[] {
    const value = this.#take(key)
    if (value === undefined || value === null) return []
    if (Array.isArray(value) && value.every((one) => typeof one === 'string' && accepts(one))) return value
    this.#wrong(key, value, expected)
    return []
  }

  /** Another object in this one; null when it is absent or null. */
  section(key: string): Section | null {
    const value = this.#take(key)
    return value === undefined || value === null ? null : new Section(this.name(key), value, this.#reading)
  }

  /** Names that are free to choose. */
  keys(): readonly string[] {
    return [...this.#values.keys()]
  }

  /** A list of objects; empty when it is absent or null. */
  optionalSections(key: string, max: number): readonly Section[] {
    const value = this.#take(key)
    if (value === undefined || value === null) return []
    if (Array.isArray(value) && value.length <= max) {
      return value.map((one, index) => new Section(`${this.name(key)}[${index}]`, one, this.#reading))
    }
    this.#wrong(key, value, `a list of at most ${max} objects`)
    return []
  }

  sections(key: string): readonly Section[] {
    const value = this.#take(key)
    if (Array.isArray(value) && value.length > 0) {
      return value.map((one, index) => new Section(`${this.name(key)}[${index}]`, one, this.#reading))
    }
    this.#wrong(key, value, 'a list with at least one app')
    return []
  }

  refuse(key: string, value: unknown, expected: string): void {
    this.#reading.problems.wrong(this.name(key), value, expected)
  }

  /** The same for a value that is never repeated. */
  refuseSecret(key: string, expected: string): void {
    this.#reading.problems.wrongSecret(this.name(key), expected)
  }

  done(): void {
    for (const key of this.#values.keys()) {
      if (!this.#asked.has(key)) this.#reading.problems.unknown(this.name(key), this.#asked, 'a known key')
    }
  }

  #take(key: string): unknown {
    this.#asked.add(key)
    return this.#values.get(key)
  }

  #wrong(key: string, value: unknown, expected: string): void {
    if (value === undefined) this.#reading.problems.missing(this.name(key), expected)
    else this.#reading.problems.wrong(this.name(key), value, expected)
  }

  /** Undefined when the problem has been noted; the value itself when it isn't a reference. */
  #fromEnvironment(key: string, value: unknown): unknown {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    const [first] = entries
    if (entries.length !== 1 || first?.[0] !== 'env' || typeof first[1] !== 'string') return value
    const name = first[1]
    this.#reading.named.add(name)
    const found = Object.hasOwn(this.#reading.env, name) ? this.#reading.env[name] : undefined
    if (found) return found
    this.#reading.problems.refuse(`${this.name(key)} names the environment variable ${name}, which is not set`)
    return undefined
  }
}
