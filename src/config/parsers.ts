/** How the text of an environment variable becomes a value. `parse` answers undefined for what it doesn't take. */
export interface Parser<T> {
  /** Completes "expected …". */
  readonly expected: string
  /** The value is not repeated in messages. */
  readonly secret: boolean
  parse(text: string): T | undefined
}

function parser<T>(expected: string, parse: (text: string) => T | undefined, secret = false): Parser<T> {
  return { expected, secret, parse }
}

export function integer(min: number, max: number): Parser<number> {
  return parser(`a whole number from ${min} to ${max}`, (text) => {
    if (!/^-?\d{1,15}$/.test(text)) return undefined
    const value = Number(text)
    return value >= min && value <= max ? value : undefined
  })
}

export const flag: Parser<boolean> = parser('true or false', (text) => {
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : undefined
})

export function oneOf<const Choices extends readonly string[]>(choices: Choices): Parser<Choices[number]> {
  return parser(`one of ${choices.join(', ')}`, (text) => choices.find((choice) => choice === text))
}

export function text(expected: string, pattern: RegExp): Parser<string> {
  return parser(expected, (value) => (pattern.test(value) ? value : undefined))
}

/** As `text`; it is not repeated. */
export function secretText(expected: string, pattern: RegExp): Parser<string> {
  return { ...text(expected, pattern), secret: true }
}

/** Words with commas between. */
export function words(expected: string, pattern: RegExp): Parser<readonly string[]> {
  return parser(expected, (value) => {
    const list = value.split(',').map((word) => word.trim().toLowerCase())
    return list.every((word) => pattern.test(word)) ? [...new Set(list)] : undefined
  })
}

/** An address of a web server, without a slash at the end. */
export const webUrl: Parser<string | null> = parser('an http:// or https:// address', (value) => {
  const url = URL.parse(value)
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.hash) return undefined
  return url.href.replace(/\/+$/, '')
})

/** An address of another kind of server. It may hold a password, so it is not repeated. */
export function serviceUrl(...schemes: readonly string[]): Parser<string | null> {
  const expected = `an address that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
  const parse = (value: string) => {
    // Some name several hosts, which is no URL to Node.
    const scheme = /^([a-z-]+):\/\/[^\s/]/.exec(value)?.[1]
    return scheme !== undefined && schemes.includes(scheme) ? value : undefined
  }
  return parser(expected, parse, true)
}

/** A path of the file system. */
export const path: Parser<string> = text('a path', /^[^\0]+$/)

export function optional<T>(inner: Parser<T>): Parser<T | null> {
  return inner
}
