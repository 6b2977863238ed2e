import fc from 'fast-check'

/** Frames of a conversation, damaged in the ways that break parsers: characters flipped, parts cut, repeated, moved. */

const where = fc.double({ min: 0, max: 1, noNaN: true })
const span = fc.tuple(where, where).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
const place = (text: string, at: number): number => Math.floor(text.length * at)

type Damage = (text: string) => string

const flip = fc.tuple(where, fc.string({ unit: 'binary', minLength: 1, maxLength: 2 })).map(([at, unit]): Damage => {
  return (text) => text.slice(0, place(text, at)) + unit + text.slice(place(text, at) + unit.length)
})

const cut = span.map(
  ([from, to]): Damage =>
    (text) =>
      text.slice(0, place(text, from)) + text.slice(place(text, to)),
)

const repeat = fc.tuple(span, fc.integer({ min: 2, max: 40 })).map(([[from, to], times]): Damage => {
  return (text) => {
    const part = text.slice(place(text, from), place(text, to))
    return text.slice(0, place(text, to)) + part.repeat(times) + text.slice(place(text, to))
  }
})

const splice = (recorded: readonly string[]) =>
  fc.tuple(where, fc.constantFrom(...recorded), span).map(([at, other, [from, to]]): Damage => {
    const part = other.slice(place(other, from), place(other, to))
    return (text) => text.slice(0, place(text, at)) + part + text.slice(place(text, at))
  })

/** What tends to be a special case somewhere. */
const odd = fc
  .tuple(
    where,
    fc.constantFrom(
      '\0',
      '\n',
      '\r\n',
      ':',
      '\\',
      '\\x',
      '\ud800',
      '__proto__',
      '"',
      ']',
      '-1',
      '1e999',
      '9'.repeat(20),
      '가😀',
    ),
  )
  .map(
    ([at, text]): Damage =>
      (frame) =>
        frame.slice(0, place(frame, at)) + text + frame.slice(place(frame, at)),
  )

/** One frame of those recorded, sound or damaged up to three times; sometimes nothing but noise. */
export function damaged(recorded: readonly string[]): fc.Arbitrary<string> {
  const damages = fc.array(fc.oneof(flip, cut, repeat, odd, splice(recorded)), { maxLength: 3 })
  const frame = fc
    .tuple(fc.constantFrom(...recorded), damages)
    .map(([text, all]) => all.reduce((so, damage) => damage(so), text))
  return fc.oneof(
    { weight: 9, arbitrary: frame },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  )
}
