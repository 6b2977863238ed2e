import { toServiceDomain } from '../service-domain.ts'
import { Refusal } from './refusal.ts'

const emailPattern = /^[^\s@"<>(),;:\\[\]]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*$/u
const maxEmailChars = 64
const minPasswordChars = 8
const maxPasswordBytes = 1024

/**
 * The fields of a request's body, in camelCase or snake_case. A wrong value is noted and read as a harmless one; `done`
 * refuses the request with all that was noted.
 */
export class Fields {
  readonly #values = new Map<string, unknown>()
  readonly #problems = new Map<string, string[]>()

  /** `body` undefined is an empty one. */
  constructor(body: unknown) {
    if (body === undefined || body === null) return
    if (typeof body !== 'object' || Array.isArray(body)) throw new Refusal(400, 'The body must be an object.')
    for (const [name, value] of Object.entries(body)) this.#values.set(toCamelCase(name), value)
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** There, and not empty. */
  isSaid(name: string): boolean {
    return this.has(name) && !this.isNull(name)
  }

  isNull(name: string): boolean {
    const value = this.#values.get(name)
    return value === null || value === ''
  }

  /** Without control characters; with `lines`, line breaks and tabs are fine. */
  text(name: string, maxChars: number, { minChars = 1, lines = false } = {}): string {
    const value = this.#string(name, minChars === 0)
    if (value === null) return ''
    const text = value.trim()
    if (text.length < minChars) return this.#note(name, 'This field may not be blank.')
    if (text.length > maxChars) return this.#note(name, `This field has at most ${maxChars} characters.`)
    const hasControls = /\p{Cc}/u.test(lines ? text.replace(/[\r\n\t]/g, '') : text)
    return hasControls ? this.#note(name, 'This field has characters that are not allowed.') : text.toWellFormed()
  }

  email(name: string): string {
    const value = this.#string(name)
    if (value === null) return ''
    const email = value.trim()
    const fits = email.length <= maxEmailChars && emailPattern.test(email) && !/\p{Cc}/u.test(email)
    return fits ? email : this.#note(name, 'Enter a valid email address.')
  }

  /** One that exists already: any text. */
  password(name: string): string {
    const value = this.#string(name)
    if (value === '') return this.#note(name, 'This field may not be blank.')
    return value ?? ''
  }

  newPassword(name: string): string {
    const value = this.password(name)
    if (value === '') return ''
    if (value.length < minPasswordChars)
      return this.#note(name, `A password has at least ${minPasswordChars} characters.`)
    const isLong = Buffer.byteLength(value) > maxPasswordBytes
    return isLong ? this.#note(name, `A password has at most ${maxPasswordBytes} bytes.`) : value
  }

  serviceDomain(name: string): string {
    const value = this.#string(name)
    if (value === null) return ''
    return (
      toServiceDomain(value.trim()) ?? this.#note(name, 'Enter a valid domain, such as shop.example or localhost:3000.')
    )
  }

  /** Some clients send digits as a number, which loses the zeros in front. */
  code(name: string): string {
    const value = this.#values.get(name)
    if (typeof value === 'number') return String(value).padStart(6, '0')
    return this.text(name, 100)
  }

  /** Forms send it as text. */
  flag(name: string): boolean {
    const value = this.#values.get(name)
    if (typeof value === 'boolean') return value
    const text = typeof value === 'string' ? value.toLowerCase() : ''
    if (value === undefined) this.#note(name, 'This field is required.')
    else if (text !== 'true' && text !== 'false') this.#note(name, 'Must be true or false.')
    return text === 'true'
  }

  done(): void {
    if (this.#problems.size > 0) throw new Refusal(400, Object.fromEntries(this.#problems))
  }

  /** Null when a problem has been noted. */
  #string(name: string, mayBeNull = false): string | null {
    const value = this.#values.get(name)
    if (typeof value === 'string') return value
    if (value === null && mayBeNull) return ''
    this.#note(name, value === undefined ? 'This field is required.' : 'Not a valid text.')
    return null
  }

  #note(name: string, problem: string): '' {
    this.#problems.set(name, [...(this.#problems.get(name) ?? []), problem])
    return ''
  }
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
