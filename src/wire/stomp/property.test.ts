import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { StompDecoder } from './decoder.ts'
import { type StompVersion, stompVersions } from './escape.ts'
import { FakeHost } from './fake-host.ts'
import { clientCommands, isEscaped, serialize, serverCommands, type StompCommand, type StompFrame } from './frame.ts'
import { defaultStompLimits } from './limits.ts'
import { StompError } from './stomp-error.ts'

const commands = [...clientCommands, ...serverCommands]
const limits = { ...defaultStompLimits, maxHeaders: 8, maxLineChars: 100, maxHeadChars: 300, maxBodyBytes: 64 }
const withBody = new Set<StompCommand>(['SEND', 'MESSAGE', 'ERROR'])

/** What came out before the text ended or a fault was found. */
function decodeAll(texts: readonly string[], version: StompVersion): { frames: StompFrame[]; failed: boolean } {
  const decoder = new StompDecoder(limits, new Set(commands))
  decoder.version = version
  const frames: StompFrame[] = []
  try {
    for (const text of texts) for (const frame of decoder.decode(text)) frames.push(frame)
    return { frames, failed: false }
  } catch (error) {
    assert.ok(error instanceof StompError, String(error))
    return { frames, failed: true }
  }
}

/** Strings full of what matters to the codec. */
const spicy = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\0', '\r', '\n', ':', '\\', ' ', 'n', 'c', 'r', '\ud83d', '\ude00'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
})

/** What a version can say in a header of this command. */
function sayable(text: string, command: StompCommand, version: StompVersion): string {
  const rules = isEscaped(command) ? version : '1.0'
  const said = rules === '1.2' ? text.replaceAll('\0', '') : text.replace(rules === '1.1' ? /[\0\r]/g : /[\0\r\n]/g, '')
  return version === '1.0' ? said.trim() : said
}

const framesOf = (version: StompVersion): fc.Arbitrary<StompFrame> =>
  fc
    .record({
      command: fc.constantFrom(...commands),
      headers: fc.array(fc.tuple(fc.oneof(spicy, fc.constantFrom('__proto__', 'constructor')), spicy), {
        maxLength: 6,
      }),
      body: spicy,
    })
    .map(({ command, headers, body }) => {
      const kept = new Map<string, string>()
      for (const [name, value] of headers) {
        const colonless = isEscaped(command) && version !== '1.0' ? name : name.replaceAll(':', '')
        kept.set(sayable(colonless, command, version) || 'x', sayable(value, command, version))
      }
      return { command, headers: kept, body: withBody.has(command) ? body : '' }
    })

/** Cuts a text at random places, between any two code units. */
const cut = (text: string, places: readonly number[]): string[] => {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((start, index) => text.slice(start, at[index]))
}

const places = fc.array(fc.nat(2_000), { maxLength: 20 })

for (const version of stompVersions) {
  const frames = fc.array(framesOf(version), { maxLength: 5 })
  const text = frames.map((list) =>
    list.map(({ command, headers, body }) => serialize(command, headers, body, version)).join('\n'),
  )

  test(`${version}: what is serialized decodes to itself, in one message or many`, () => {
    fc.assert(
      fc.property(frames, places, (list, where) => {
        const whole = list.map(({ command, headers, body }) => serialize(command, headers, body, version)).join('\r\n')
        const expected = list.map(({ command, headers, body }) => {
          const all = new Map(headers)
          if (withBody.has(command)) all.set('content-length', String(Buffer.byteLength(body)))
          return { command, headers: all, body }
        })
        assert.deepEqual(decodeAll([whole], version), { frames: expected, failed: false })
        assert.deepEqual(decodeAll(cut(whole, where), version), { frames: expected, failed: false })
      }),
    )
  })

  test(`${version}: mutated frames, cut anyhow: the same frames, the same fault, the limits kept`, () => {
    const mutations = fc.array(fc.tuple(fc.nat(2_000), spicy, fc.nat(3)), { maxLength: 4 })
    fc.assert(
      fc.property(text, mutations, places, (original, changes, where) => {
        let mutated = original.replace(/content-length:\d+\n/, '')
        for (const [place, insert, drop] of changes) {
          const at = place % (mutated.length + 1)
          mutated = mutated.slice(0, at) + insert + mutated.slice(at + drop)
        }
        const whole = decodeAll([mutated], version)
        assert.deepEqual(decodeAll(cut(mutated, where), version), whole)
        assert.deepEqual(decodeAll(mutated.split(''), version), whole)
        for (const { headers, body } of whole.frames) {
          assert.ok(headers.size <= limits.maxHeaders)
          assert.ok(Buffer.byteLength(body) <= limits.maxBodyBytes)
        }
      }),
    )
  })
}

const word = fc.constantFrom('1', '2', 't', '/a', '1.0', '1.1,1.2', '0,0', 'auto', 'x\\cy', '\\q', '')
const header = fc.tuple(
  fc.constantFrom(
    'id',
    'destination',
    'transaction',
    'receipt',
    'message-id',
    'subscription',
    'ack',
    'heart-beat',
    'a',
  ),
  word,
)
const clientFrame = fc
  .tuple(fc.constantFrom(...clientCommands.filter((command) => command !== 'DISCONNECT')), fc.array(header))
  .map(([command, headers]) => `${command}\n${headers.map(([name, value]) => `${name}:${value}\n`).join('')}\n\0`)
const opening = fc.constantFrom('1.0', '1.1', '1.2').map((version) => `CONNECT\naccept-version:${version}\n\n\0`)
const junk = fc.oneof(spicy, fc.constantFrom('\n', 'DISCONNECT\nreceipt:1\n\n\0'))
const talk = fc.array(fc.oneof({ weight: 5, arbitrary: clientFrame }, { weight: 1, arbitrary: junk }), {
  maxLength: 30,
})

test('a session never throws, says at most one ERROR and nothing after it, and ends once', async () => {
  await fc.assert(
    fc.asyncProperty(
      opening,
      talk,
      fc.array(fc.nat(4), { maxLength: 30 }),
      fc.boolean(),
      async (first, rest, moods, eager) => {
        const host = new FakeHost({ limits })
        if (eager) host.onConnect = () => void host.session.accept()
        const answers = [
          Promise.resolve(),
          Promise.reject(new Error('later')),
          (): never => {
            throw new Error('now')
          },
          new Promise<void>(() => undefined),
          Promise.reject(new StompError('no')),
        ]
        for (const answer of answers) if (answer instanceof Promise) answer.catch(() => undefined)
        host.answers.push(...moods.flatMap((mood) => answers[mood] ?? []))
        let now = 0
        for (const text of [first, ...rest]) {
          host.session.message(text)
          host.session.sweep((now += 100))
          if (now === 500) host.session.accept()
        }
        await new Promise(setImmediate)
        const errors = host.written.filter((text) => text.startsWith('ERROR\n'))
        assert.ok(errors.length <= 1)
        if (errors.length === 1) assert.equal(host.written.at(-1), errors[0])
        assert.equal(host.ends.length, host.session.state === 'closed' ? 1 : 0)
        const asked = [first, ...rest].join('').split('\nreceipt:').length - 1
        const given = host.written.filter((text) => text.startsWith('RECEIPT\n'))
        assert.ok(given.length <= asked)
      },
    ),
    { numRuns: 300 },
  )
})
