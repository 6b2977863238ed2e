import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { ProcessBus } from '../../buses/process-bus.ts'
import type { App, AppId } from '../../core/model.ts'
import { loneNode } from '../../../test/support/lone-node.ts'
import { channelNewsOf } from './broadcasts.ts'
import { Channels, type Seat } from './channels.ts'

const shop: App = { id: 'shop' as AppId, name: 'Shop', origins: [] }
const blog: App = { id: 'blog' as AppId, name: 'Blog', origins: [] }
const quiet = { error() {}, warn() {}, info() {}, debug() {} }

let channels: Channels
let told: string[]
let occurred: string[]

beforeEach(() => {
  told = []
  occurred = []
  const bus = new ProcessBus(quiet)
  bus.listen((delivery) => {
    const news = channelNewsOf(delivery)
    if (news && 'userId' in news.news) {
      told.push(
        `${delivery.event.appId} ${news.channel} ${news.news.type} ${news.news.userId} but ${delivery.event.origin}`,
      )
    }
  })
  channels = new Channels({
    apps: [shop, blog],
    bus,
    nodes: loneNode(),
    maxPublicChannels: 2,
    maxMembers: 2,
    onOccurrence: ({ type, app, channel, ...more }) =>
      void occurred.push(`${app.id} ${channel} ${type}${'userId' in more ? ` ${more.userId}` : ''}`),
    now: Date.now,
  })
})

const enter = (id: string, socketId: string, app = shop): Seat =>
  channels.enter(app, 'presence-x', { id, info: `"${id}"` }, socketId)

test('a user comes with the first connection and goes with the last', () => {
  const first = enter('ana', '1.1')
  const second = enter('ana', '1.2')
  assert.equal(second.channel.members?.size, 1)
  assert.equal(second.channel.subscribers, 2)
  channels.leave(first)
  assert.deepEqual(told, ['shop presence-x member_added ana but 1.1'])
  channels.leave(second)
  assert.deepEqual(told.slice(1), ['shop presence-x member_removed ana but 1.2'])
  assert.deepEqual(occurred, [
    'shop presence-x channel_occupied',
    'shop presence-x member_added ana',
    'shop presence-x member_removed ana',
    'shop presence-x channel_vacated',
  ])
  assert.equal(channels.find(shop.id, 'presence-x'), null)
})

test('the first description of a user stays', () => {
  enter('ana', '1.1')
  const { channel } = channels.enter(shop, 'presence-x', { id: 'ana', info: '"another"' }, '1.2')
  assert.equal(channel.members?.get('ana')?.info, '"ana"')
})

test('apps have channels of their own', () => {
  enter('ana', '1.1')
  enter('ana', '2.1', blog)
  assert.deepEqual(told, ['shop presence-x member_added ana but 1.1', 'blog presence-x member_added ana but 2.1'])
  assert.deepEqual(
    [...channels.of(blog.id)].map(({ subscribers }) => subscribers),
    [1],
  )
})

test('a full channel takes no more users, and those who are in with more pages', () => {
  enter('ana', '1.1')
  enter('bo', '1.2')
  assert.throws(() => enter('cy', '1.3'), { code: 'conflict' })
  enter('bo', '1.4')
  assert.equal(channels.find(shop.id, 'presence-x')?.subscribers, 3)
  assert.ok(!occurred.some((one) => one.includes('cy')) && !told.some((one) => one.includes('cy')))
})

test('anybody can make up a public channel, so there is an end to them', () => {
  const one = channels.enter(shop, 'one', null, '1.1')
  channels.enter(shop, 'two', null, '1.1')
  assert.throws(() => channels.enter(shop, 'three', null, '1.1'), { code: 'conflict' })
  channels.enter(shop, 'two', null, '1.2')
  channels.enter(shop, 'private-three', null, '1.1')
  channels.enter(blog, 'three', null, '2.1')
  channels.leave(one)
  channels.enter(shop, 'three', null, '1.1')
})

test('property: after everyone has left there is nothing, and every coming has its going', () => {
  const step = fc.tuple(fc.constantFrom('presence-x', 'presence-y', 'one'), fc.constantFrom('ana', 'bo'), fc.nat(5))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      told = []
      occurred = []
      const seats: Seat[] = []
      for (const [name, id, gone] of steps) {
        const member = name.startsWith('presence-') ? { id, info: '{}' } : null
        seats.push(channels.enter(shop, name, member, '1.1'))
        const [left] = seats.splice(gone, 1)
        if (left) channels.leave(left)
      }
      for (const seat of seats) channels.leave(seat)
      assert.deepEqual([...channels.of(shop.id)], [])
      const count = (word: string): number => occurred.filter((one) => one.includes(word)).length
      assert.equal(count('channel_occupied'), count('channel_vacated'))
      assert.equal(count('member_added'), count('member_removed'))
      assert.equal(told.length, count('member_'))
    }),
  )
})
