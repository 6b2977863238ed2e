import { Type } from 'typebox'
import { Refusal } from './failures.ts'
import type { Pairs } from './person.ts'

/** The fields that are asked with. What they say is what the documents say. */

export const userId = Type.String({
  pattern: '^[A-Za-z0-9_.@-]{1,80}$',
  description: '1 to 80 letters, digits and _ . @ -',
  examples: ['user_1'],
})

export const channelId = Type.String({
  pattern: '^[a-z0-9_]{4,80}$',
  description: '4 to 80 small letters, digits and _',
  examples: ['channel_1'],
})

export const messageId = Type.Integer({
  minimum: 1,
  maximum: 0xffff_fffe,
  description: 'Counts up in its channel, from 1',
  examples: [4],
})

export const name = Type.String({ minLength: 1, maxLength: 150, examples: ['channel_1'] })

export const profileUrl = Type.String({
  maxLength: 2048,
  description: 'Kept as it is and shown to others',
  examples: ['myimage.png'],
})

const maxKeyBytes = 100
const maxValueBytes = 200
const maxPairs = 10

export const meta = Type.Unsafe<Pairs>(
  Type.Object(
    {},
    {
      additionalProperties: Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
      maxProperties: maxPairs,
      description: `At most ${maxPairs} pairs: keys of at most ${maxKeyBytes} bytes, values of at most ${maxValueBytes} bytes`,
      examples: [{ grade: 'gold' }],
    },
  ),
)

export const keys = Type.Optional(
  Type.Array(Type.String({ maxLength: maxKeyBytes }), {
    maxItems: 100,
    description: 'Those to remove; without it, all',
    examples: [['grade']],
  }),
)

export const content = Type.String({ description: 'The words', examples: ['안녕하세요'] })

export const limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 100, description: 'At most so many; 15 unless it is said', examples: [15] }),
)
export const usualLimit = 15

export const next = Type.Optional(
  Type.String({ maxLength: 200, description: 'The `next` of the page before', examples: ['MTUuMS4x'] }),
)

export function flag(description: string) {
  return Type.Optional(Type.Boolean({ description, examples: [true] }))
}

/** As it is kept. Schemas count characters, and the limits are in bytes. */
export function readPairs(pairs: Pairs): Pairs {
  const entries = Object.entries(pairs)
  for (const [key, value] of entries) {
    if (key === '' || Buffer.byteLength(key) > maxKeyBytes)
      throw new Refusal('parameters', `meta: a key has 1 to ${maxKeyBytes} bytes`, 'meta')
    if (Buffer.byteLength(String(value)) > maxValueBytes)
      throw new Refusal('parameters', `meta: a value has at most ${maxValueBytes} bytes`, 'meta')
  }
  const wellFormed = (value: Pairs[string]) => (typeof value === 'string' ? value.toWellFormed() : value)
  return Object.fromEntries(entries.map(([key, value]) => [key.toWellFormed(), wellFormed(value)]))
}

/** What was there with the new pairs in it. */
export function mergedPairs(before: Pairs | undefined, changes: Pairs): Pairs {
  const merged = new Map([...Object.entries(before ?? {}), ...Object.entries(readPairs(changes))])
  if (merged.size > maxPairs) throw new Refusal('key_count', `meta: at most ${maxPairs} pairs`, 'meta')
  return Object.fromEntries(merged)
}

export function pairsWithout(before: Pairs | undefined, removed: readonly string[] | undefined): Pairs {
  if (!removed) return {}
  return Object.fromEntries(Object.entries(before ?? {}).filter(([key]) => !removed.includes(key)))
}

/** Unreadable signs and half ones out; not only spaces. */
export function readName(text: string): string {
  const clean = text.toWellFormed().replace(/\p{Cc}/gu, '')
  if (clean.trim() === '') throw new Refusal('parameters', 'name: may not be blank', 'name')
  return clean
}
