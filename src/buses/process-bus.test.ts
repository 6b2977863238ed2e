import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '../core/event.ts'
import type { AppId, User } from '../core/model.ts'
import { ProcessBus } from './process-bus.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }

function delivery(at: number): Delivery {
  return { event: { type: 'user_changed', user: {} as User, appId: 'app' as AppId, at, origin: null }, room: null }
}

test('every listener hears every delivery, in order, until it stops', () => {
  const bus = new ProcessBus(quiet)
  const heard: string[] = []
  const stop = bus.listen(({ event }) => heard.push(`a${event.at}`))
  bus.listen(({ event }) => heard.push(`b${event.at}`))
  bus.publish(delivery(1))
  bus.publish(delivery(2))
  stop()
  stop()
  bus.publish(delivery(3))
  assert.deepEqual(heard, ['a1', 'b1', 'a2', 'b2', 'b3'])
})

test('a listener that throws is logged, and the others hear all the same', () => {
  const logged: object[] = []
  const bus = new ProcessBus({ ...quiet, error: (fields) => logged.push(fields) })
  const heard: number[] = []
  bus.listen(() => {
    throw new Error('broken')
  })
  bus.listen(({ event }) => heard.push(event.at))
  bus.publish(delivery(1))
  bus.publish(delivery(2))
  assert.deepEqual(heard, [1, 2])
  assert.equal(logged.length, 2)
})

test('what a listener publishes is heard after what it answers to', () => {
  const bus = new ProcessBus(quiet)
  const heard: string[] = []
  bus.listen(({ event }) => {
    heard.push(`a${event.at}`)
    if (event.at < 3) bus.publish(delivery(event.at + 1))
  })
  bus.listen(({ event }) => heard.push(`b${event.at}`))
  bus.publish(delivery(1))
  assert.deepEqual(heard, ['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
})
