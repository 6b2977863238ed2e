import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outbox, type Batch, type Sender } from './outbox.ts'

class Recorder implements Sender {
  pending: Batch | null = null
  readonly flushed: Uint8Array[] = []

  flush(batch: Batch): void {
    this.flushed.push(batch.joined())
  }

  get texts(): string[] {
    return this.flushed.map(String)
  }
}

const bytes = (text: string) => Buffer.from(text)
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what is pushed in one turn leaves as one, in order', async () => {
  const outbox = new Outbox()
  const sender = new Recorder()
  assert.equal(outbox.push(sender, bytes('one ')), 4)
  assert.equal(outbox.push(sender, bytes('two')), 7)
  assert.deepEqual(sender.texts, [])
  await turn()
  assert.deepEqual(sender.texts, ['one two'])
  assert.equal(sender.pending, null)
  outbox.push(sender, bytes('three'))
  await turn()
  assert.deepEqual(sender.texts, ['one two', 'three'])
})

test('a single chunk goes out as it is', async () => {
  const outbox = new Outbox()
  const sender = new Recorder()
  const chunk = bytes('alone')
  outbox.push(sender, chunk)
  await turn()
  assert.equal(sender.flushed[0], chunk)
})

test('the same chunks are joined once for everyone', async () => {
  const outbox = new Outbox()
  const senders = Array.from({ length: 100 }, () => new Recorder())
  for (const chunk of [bytes('a'), bytes('b'), bytes('c')]) for (const sender of senders) outbox.push(sender, chunk)
  await turn()
  for (const sender of senders) assert.equal(sender.flushed[0], senders[0]!.flushed[0])
  assert.equal(String(senders[0]!.flushed[0]), 'abc')
})

test('different chunks stay apart, however they are interleaved', async () => {
  const outbox = new Outbox()
  const [one, two, three] = [new Recorder(), new Recorder(), new Recorder()]
  const [a, b, c] = [bytes('a'), bytes('b'), bytes('c')]
  outbox.push(one, a)
  outbox.push(two, b)
  outbox.push(three, a)
  outbox.push(one, b)
  outbox.push(two, a)
  outbox.push(three, c)
  outbox.push(one, c)
  outbox.push(one, c)
  outbox.push(two, b)
  await turn()
  assert.deepEqual([one.texts, two.texts, three.texts], [['abcc'], ['bab'], ['ac']])
})

test('a chunk that is pushed again in a later turn is not taken for an old one', async () => {
  const outbox = new Outbox()
  const sender = new Recorder()
  const [a, b, c] = [bytes('a'), bytes('b'), bytes('c')]
  for (const chunk of [a, b]) outbox.push(sender, chunk)
  await turn()
  for (const chunk of [a, c]) outbox.push(sender, chunk)
  await turn()
  assert.deepEqual(sender.texts, ['ab', 'ac'])
})

test('flushing one now leaves the others, and nothing twice', async () => {
  const outbox = new Outbox()
  const [one, two] = [new Recorder(), new Recorder()]
  outbox.push(one, bytes('a'))
  outbox.push(two, bytes('b'))
  outbox.flushOne(one)
  assert.deepEqual([one.texts, two.texts], [['a'], []])
  outbox.push(one, bytes('c'))
  await turn()
  assert.deepEqual([one.texts, two.texts], [['a', 'c'], ['b']])
})

test('what was dropped is not sent', async () => {
  const outbox = new Outbox()
  const sender = new Recorder()
  outbox.push(sender, bytes('a'))
  outbox.drop(sender)
  await turn()
  assert.deepEqual(sender.texts, [])
})

test('a sender that pushes while it is flushed is flushed again', async () => {
  const outbox = new Outbox()
  const other = new Recorder()
  const chatty: Sender = {
    pending: null,
    flush: () => void outbox.push(other, bytes('heard')),
  }
  outbox.push(chatty, bytes('a'))
  await turn()
  await turn()
  assert.deepEqual(other.texts, ['heard'])
})
