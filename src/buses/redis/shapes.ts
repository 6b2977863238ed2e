/** Whether a value that came from outside is what it should be. Never throws. */
export type Check = (value: unknown) => boolean

/** What a value of the type is checked by: forgetting a field of it doesn't compile. */
export type Shape<T> = { readonly [Key in keyof T]-?: Check }

export const flag: Check = (value) => typeof value === 'boolean'
export const text: Check = (value) => typeof value === 'string'
/** Ids, counts and times. */
export const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0

export function textTo(maxChars: number): Check {
  return (value) => typeof value === 'string' && value.length <= maxChars
}

export function nullable(check: Check): Check {
  return (value) => value === null || check(value)
}

export function oneOf(choices: readonly string[]): Check {
  const known = new Set<unknown>(choices)
  return (value) => known.has(value)
}

export const plainObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object with at least these fields as its own. More are harmless: a later version may have them. */
export function record<T>(shape: Shape<T>): Check {
  const fields = Object.entries<Check>(shape)
  return (value) =>
    plainObject(value) &&
    fields.every(
      ([key, check]) => Object.hasOwn(value as object, key) && check((value as Record<string, unknown>)[key]),
    )
}

/**
 * What a text says as JSON, undefined for what isn't. Keys that would reach an object's prototype when copied are left
 * out.
 */
export function parsedJson(json: string): unknown {
  try {
    // The reviver is slow, and hardly ever needed. An escape may hide the name.
    return /__proto__|\\u00/.test(json) ? JSON.parse(json, withoutPrototype) : JSON.parse(json)
  } catch {
    return undefined
  }
}

function withoutPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
