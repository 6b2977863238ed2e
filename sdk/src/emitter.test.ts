import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Emitter } from './emitter.ts'

interface Events {
  word: readonly [text: string]
  end: readonly []
}

test('handlers are called in their order, until they are taken off', () => {
  const emitter = new Emitter<Events>()
  const heard: string[] = []
  const first = (text: string): void => void heard.push(`1 ${text}`)
  emitter.on('word', first)
  emitter.on('word', (text) => void heard.push(`2 ${text}`))
  emitter.emit('word', 'a')
  emitter.off('word', first)
  emitter.emit('word', 'b')
  emitter.off('word')
  emitter.emit('word', 'c')
  assert.deepEqual(heard, ['1 a', '2 a', '2 b'])
})

test('once is once, and can be taken off by its own name', () => {
  const emitter = new Emitter<Events>()
  let count = 0
  const handler = (): void => void count++
  emitter.once('end', handler)
  emitter.emit('end')
  emitter.emit('end')
  emitter.once('end', handler)
  emitter.off('end', handler)
  emitter.emit('end')
  emitter.on('end', handler)
  emitter.off()
  emitter.emit('end')
  assert.equal(count, 1)
})

test('a handler may change who listens; those who were there still hear', () => {
  const emitter = new Emitter<Events>()
  const heard: number[] = []
  emitter.on('end', () => {
    heard.push(1)
    emitter.off()
  })
  emitter.on('end', () => void heard.push(2))
  emitter.emit('end')
  assert.deepEqual(heard, [1, 2])
})

test('a handler that throws is reported and keeps nobody from hearing', () => {
  const emitter = new Emitter<Events>()
  const report = mock.method(console, 'error', () => {})
  let heard = 0
  emitter.on('end', () => {
    throw new Error('a mistake')
  })
  emitter.on('end', () => void heard++)
  emitter.emit('end')
  report.mock.restore()
  assert.equal(heard, 1)
  assert.equal(report.mock.callCount(), 1)
})

test('names that objects have are no events', () => {
  const emitter = new Emitter<Events>()
  emitter.emit('constructor' as 'end')
  emitter.emit('__proto__' as 'end')
})
