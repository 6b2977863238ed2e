import assert from 'node:assert/strict'
import { test } from 'node:test'
import { negotiateHeartBeat, negotiateVersion } from './negotiation.ts'

const version = (accepted: string): string => negotiateVersion(new Map([['accept-version', accepted]]))
const beats = (asked: string, sendMs = 10_000, receiveMs = 10_000): string => {
  const beat = negotiateHeartBeat(new Map([['heart-beat', asked]]), '1.1', { sendMs, receiveMs })
  return `${beat.sendMs},${beat.receiveMs}`
}

test('the highest common version, 1.0 where none is named', () => {
  assert.equal(version('1.0,1.1,2.0'), '1.1')
  assert.equal(version('1.2,1.1,1.0'), '1.2')
  assert.equal(version(' 1.1, 1.0'), '1.1')
  assert.equal(negotiateVersion(new Map()), '1.0')
})

test('nothing in common says what there is', () => {
  for (const accepted of ['2.0', '', '1', '1.10'])
    assert.throws(() => version(accepted), {
      name: 'StompError',
      headers: new Map([
        ['version', '1.0,1.1,1.2'],
        ['content-type', 'text/plain'],
      ]),
      body: 'Supported protocol versions are 1.0 1.1 1.2',
    })
})

test('heart-beats: the slower of both, none where one side says 0', () => {
  assert.equal(beats('5000,20000'), '20000,10000')
  assert.equal(beats('0,20000'), '20000,0')
  assert.equal(beats('20000,0'), '0,20000')
  assert.equal(beats('5000,5000', 0, 10_000), '0,10000')
  assert.equal(beats('1, 1'), '10000,10000')
})

test('heart-beats need both numbers, and 1.0 has none', () => {
  for (const bad of ['', '1', '1,', '-1,1', '1,2,3', '1e3,1', '9999999999,0'])
    assert.throws(() => beats(bad), { name: 'StompError', message: 'heart-beat must be two numbers with a comma' })
  const offer = { sendMs: 1, receiveMs: 1 }
  assert.deepEqual(negotiateHeartBeat(new Map([['heart-beat', 'x']]), '1.0', offer), { sendMs: 0, receiveMs: 0 })
  assert.deepEqual(negotiateHeartBeat(new Map(), '1.2', offer), { sendMs: 0, receiveMs: 0 })
})
