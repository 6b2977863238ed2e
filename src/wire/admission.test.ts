import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Admission, refusalStatus } from './admission.ts'

test('no more than fit', () => {
  const admission = new Admission({ maxLines: 2 })
  assert.ok(admission.enter('192.0.2.1'))
  assert.ok(admission.enter('192.0.2.2'))
  assert.equal(admission.enter('192.0.2.3'), false)
  admission.leave('192.0.2.1')
  assert.ok(admission.enter('192.0.2.3'))
  assert.equal(admission.lines, 2)
})

test('no more of one client than it may have, whichever of its addresses it uses', () => {
  const admission = new Admission({ maxLinesPerAddress: 2 })
  assert.ok(admission.enter('2001:db8::1'))
  assert.ok(admission.enter('2001:db8::2'))
  assert.equal(admission.enter('2001:db8::3'), false)
  assert.ok(admission.enter('2001:db8:0:1::1'))
  admission.leave('2001:db8::2')
  assert.ok(admission.enter('2001:db8::3'))
})

test('who was never in doesn’t make room', () => {
  const admission = new Admission({ maxLines: 1 })
  assert.ok(admission.enter('192.0.2.1'))
  admission.leave('192.0.2.9')
  assert.equal(admission.enter('192.0.2.9'), false)
})

test('a hook that throws refuses', () => {
  const bugs: unknown[] = []
  const oops = () => {
    throw new Error('oops')
  }
  assert.equal(
    refusalStatus(oops, {} as never, (error) => bugs.push(error)),
    500,
  )
  assert.match(String(bugs[0]), /oops/)
})
