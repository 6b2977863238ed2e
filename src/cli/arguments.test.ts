import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readArguments } from './arguments.ts'
import { CommandError, defineCommand } from './command.ts'

const command = defineCommand({
  words: ['paint'],
  summary: 'Paint something',
  operands: ['thing'],
  flags: {
    colour: { value: 'COLOUR', doc: 'its colour', required: true, choices: ['red', 'green'] },
    by: { value: 'NAME', doc: 'who paints', many: true },
    with: { value: '-', doc: 'the brush' },
  },
  async run() {},
})

const read = (...args: string[]) => readArguments(command, args)

function refusal(...args: string[]): string[] {
  try {
    read(...args)
  } catch (error) {
    assert.ok(error instanceof CommandError && error.exitCode === 2)
    return error.message.split('\n')
  }
  return assert.fail('it was taken')
}

describe('the arguments of a command', () => {
  test('flags before and behind the operand, with a space or an equals sign', () => {
    const wanted = { values: { colour: 'red', by: ['ana', 'bo'], with: '-' }, operands: ['door'] }
    assert.deepEqual(read('door', '--colour', 'red', '--by', 'ana', '--by=bo', '--with', '-'), wanted)
    assert.deepEqual(read('--colour=red', '--by', 'ana', '--with=-', '--by', 'bo', 'door'), wanted)
    assert.deepEqual(read('--colour', 'red', '--', '--door'), {
      values: { colour: 'red', by: [], with: undefined },
      operands: ['--door'],
    })
  })

  test('every mistake is told at once', () => {
    assert.deepEqual(refusal('--wiht', '-', '--by'), [
      '--wiht is not a flag of this command; did you mean --with?',
      '--by needs a value: NAME',
      '--colour COLOUR is missing: its colour',
    ])
    assert.deepEqual(refusal('door', 'window', '--colour', 'red', '--colour', 'green'), [
      '--colour is given more than once',
      '"window" is one word too many',
    ])
    assert.deepEqual(refusal('--colour', 'gren'), [
      '--colour gren: expected one of red, green; did you mean green?',
      '<thing> is missing',
    ])
  })

  test('a flag is not taken for the value of the one before', () => {
    assert.deepEqual(refusal('door', '--colour', '--by'), ['--colour needs a value: COLOUR'])
    assert.deepEqual(read('door', '--colour', 'red', '--by=--x').values['by'], ['--x'])
  })

  test('names of every object’s own are no flags', () => {
    assert.deepEqual(refusal('door', '--colour=red', '--__proto__=x', '--constructor=x'), [
      '--__proto__ is not a flag of this command',
      '--constructor is not a flag of this command',
    ])
  })
})
