import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { WordFilter } from './word-filter.ts'

function masked(words: readonly string[], text: string): string {
  return new WordFilter(words).mask(text).text
}

describe('the word filter', () => {
  test('masks each sign of a word', () => {
    assert.deepEqual(new WordFilter(['바보']).mask('이 바보야'), { text: '이 **야', masked: true })
    assert.deepEqual(new WordFilter(['바보']).mask('안녕하세요'), { text: '안녕하세요', masked: false })
    assert.deepEqual(new WordFilter([]).mask('바보'), { text: '바보', masked: false })
  })

  test('words of Latin letters stand by themselves', () => {
    assert.equal(masked(['ass'], 'a class, an ass, Ass!'), 'a class, an ***, ***!')
    assert.equal(masked(['bad word'], 'that is a Bad Word.'), 'that is a ********.')
    assert.equal(masked(['ass', 'assess'], 'assess ass'), '****** ***')
  })

  test('case, width, composition and invisible signs make no difference', () => {
    assert.equal(masked(['darn'], 'ＤＡＲＮ DaRn'), '**** ****')
    assert.equal(masked(['바보'], '바보'.normalize('NFD')), '**')
    assert.equal(masked(['바보'], '바\u200b보\u00ad'), '***\u00ad')
    assert.equal(masked(['café'], 'cafe\u0301'), '****')
    assert.equal(masked(['바보'.normalize('NFD')], '바보'), '**')
  })

  test('overlapping and nested words', () => {
    assert.equal(masked(['가나다', '나다라', '다'], '가나다라마'), '****마')
    assert.equal(masked(['가나다라', '나다'], '가나다마'), '가**마')
  })

  test('a shorter word counts where a longer one doesn’t stand alone', () => {
    assert.equal(masked(['xy바', 'z1'], 'xy바보'), '***보')
    assert.equal(masked(['b', 'a b'], 'xa b'), 'xa *')
  })

  test('finds what a search for each word finds', () => {
    const letters = fc.string({ unit: fc.constantFrom('가', '나', '다'), minLength: 1, maxLength: 4 })
    const text = fc.string({ unit: fc.constantFrom('가', '나', '다', ' '), maxLength: 30 })
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), text, (words, said) => {
        const marks = Array.from(said, () => false)
        for (const word of words)
          for (let at = said.indexOf(word); at >= 0; at = said.indexOf(word, at + 1))
            marks.fill(true, at, at + word.length)
        assert.equal(masked(words, said), Array.from(said, (sign, index) => (marks[index] ? '*' : sign)).join(''))
      }),
    )
  })

  test('takes any text, and grows with it only', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 8 })),
        fc.string({ unit: 'binary' }),
        (words, text) => {
          const { text: after, masked: isMasked } = new WordFilter(words).mask(text)
          if (!isMasked) assert.equal(after, text)
        },
      ),
    )
    // What makes naive searches quadratic: a near miss at every place.
    const words = Array.from({ length: 40 }, (_, index) => `${'가'.repeat(index + 1)}나`)
    const started = performance.now()
    assert.equal(masked(words, '가'.repeat(10_000)), '가'.repeat(10_000))
    assert.ok(performance.now() - started < 1000)
  })

  test('a letter under thousands of accents is put in order in no time', () => {
    const text = `가나 a${'\u0301'.repeat(5000)}${'\u0316'.repeat(4990)} 가나`
    const filter = new WordFilter(['가나'])
    const started = performance.now()
    for (let count = 0; count < 10; count++) assert.match(filter.mask(text).text, /^\*\* a.* \*\*$/)
    // In one piece it took 1.2 s.
    assert.ok(performance.now() - started < 500)
  })
})
