import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { RedisNode, until } from '../../../../test/support/redis-node.ts'
import { RedisServer } from '../../../../test/support/redis-server.ts'
import type { AppId } from '../../../core/model.ts'
import { websocketFraming } from '../../../wire/websocket-frame.ts'
import { OpenChannels, type Occupant } from './open-channels.ts'

const seoul = 'seoul' as AppId
const channel = 'chat:a'

let redis: RedisServer
before(async () => void (redis = await RedisServer.start()))
after(() => redis[Symbol.asyncDispose]())

/** One node's channels, with what its listeners hear of who comes and goes. */
class House {
  readonly node: RedisNode
  readonly channels: OpenChannels
  readonly told: string[] = []

  constructor(node: RedisNode) {
    this.node = node
    node.bus.listen(({ event }) => {
      if (event.type === 'broadcast') this.told.push(`${event.name} ${JSON.parse(event.data).user.name}`)
    })
    this.channels = new OpenChannels({ bus: node.bus, nodes: node.nodes, now: Date.now })
  }

  enter(id: number): Occupant {
    const occupant = { ...line, id: `line ${id}`, speaker: { name: `user ${id}`, id } }
    if (this.channels.enter(seoul, channel, occupant, true)) this.channels.welcome(seoul, channel, occupant.speaker)
    return occupant
  }

  sees(...ids: readonly number[]): Promise<void> {
    const seen = (): string =>
      this.channels
        .users(seoul, channel)
        .map(({ id }) => id)
        .toSorted((x, y) => x - y)
        .join()
    return until(`${ids.join()} are seen`, () => seen() === ids.join())
  }
}

const line = {
  framing: websocketFraming,
  address: '',
  origin: null,
  push() {},
  close() {},
  removed() {},
}

test('who comes and goes on one node is told on all, once, and those of a node that died go', async () => {
  const [one, other] = (await RedisNode.several(redis, 2)).map((node) => new House(node))
  await using _one = one!.node
  const seven = one!.enter(7)
  await other!.sees(7)
  other!.enter(7)
  other!.enter(9)
  await one!.sees(7, 9)
  assert.deepEqual(one!.told, ['connectOther user 7', 'connectOther user 9'])
  assert.deepEqual(other!.told, one!.told)
  one!.channels.leave(seoul, channel, seven, true)
  one!.enter(11)
  await other!.sees(7, 9, 11)
  assert.ok(!other!.told.includes('disconnectOther user 7'))
  other!.node.die()
  await one!.sees(11)
  assert.deepEqual(one!.told.slice(3).toSorted(), ['disconnectOther user 7', 'disconnectOther user 9'])
})

test('a channel that does not tell is this node’s own affair', async () => {
  const [one, other] = (await RedisNode.several(redis, 2)).map((node) => new House(node))
  await using _one = one!.node
  await using _other = other!.node
  const quiet = { ...line, id: 'quiet', speaker: { name: 'user 1', id: 1 } }
  one!.channels.enter(seoul, channel, quiet, false)
  one!.enter(2)
  await other!.sees(2)
  one!.channels.leave(seoul, channel, quiet, false)
  assert.deepEqual(one!.told, ['connectOther user 2'])
})
