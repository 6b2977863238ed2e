import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { ProcessBus } from '../../../buses/process-bus.ts'
import type { Delivery } from '../../../core/event.ts'
import type { AppId, Room } from '../../../core/model.ts'
import { websocketFraming } from '../../../wire/websocket-frame.ts'
import { loneNode } from '../../../../test/support/lone-node.ts'
import { RecordedLog } from '../../../../test/support/recorded-log.ts'
import { roomKey, socketName } from '../channel-names.ts'
import { broadcastMeta, system } from '../words.ts'
import { OpenChannels, type Occupant } from './open-channels.ts'

const [shop, blog] = ['shop' as AppId, 'blog' as AppId]
let bus: ProcessBus
let channels: OpenChannels
beforeEach(() => {
  bus = new ProcessBus(new RecordedLog())
  channels = new OpenChannels({ bus, nodes: loneNode(), now: () => 0 })
})

/** A socket that notes what it is given. */
function seat(id: number, appId = shop, channel = 'chat:a') {
  const heard: string[] = []
  const occupant: Occupant = {
    id: `line ${id}`,
    framing: { ...websocketFraming, frame: (text) => Buffer.from(text) },
    address: '',
    origin: null,
    speaker: { name: `user ${id}`, id },
    push: (bytes) => void heard.push(Buffer.from(bytes).toString()),
    close: () => {},
    removed: () => void heard.push('removed'),
  }
  return { heard, occupant, isNew: channels.enter(appId, channel, occupant, true) }
}

function told(to: number | null, appId = shop, channel = 'chat:a'): Delivery {
  const meta = broadcastMeta({ speaker: system, to })
  const event = { type: 'broadcast', name: 'message', data: '{}', appId, channel: socketName(channel), meta } as const
  return { event: { ...event, at: 0, origin: null }, room: null }
}

test('words to one user reach its sockets in that channel of that app, and the hub has the rest', () => {
  const seats = [seat(7), seat(7), seat(9), seat(7, blog), seat(7, shop, 'chat:b')]
  bus.publish(told(7))
  bus.publish(told(404))
  bus.publish(told(null))
  bus.publish({ ...told(7), event: { ...told(7).event, channel: 'echo:chat:a' } as Delivery['event'] })
  const frame = '{"type":"message","sender":{"name":"System","id":0},"data":{}}'
  assert.deepEqual(
    seats.map(({ heard }) => heard),
    [[frame], [frame], [], [], []],
  )
})

test('two tabs are one user until both are gone', () => {
  const [first, second, other] = [seat(7), seat(7), seat(9)]
  assert.deepEqual([first.isNew, second.isNew, other.isNew], [true, false, true])
  assert.deepEqual(
    channels.users(shop, 'chat:a').map(({ id }) => id),
    [7, 9],
  )
  const gone: string[] = []
  bus.listen(({ event }) => void (event.type === 'broadcast' && gone.push(`${event.name} ${event.data}`)))
  for (const { occupant } of [first, first, second, other]) channels.leave(shop, 'chat:a', occupant, true)
  assert.deepEqual(gone, [
    'disconnectOther {"user":{"name":"user 7","id":7}}',
    'disconnectOther {"user":{"name":"user 9","id":9}}',
  ])
  assert.deepEqual(channels.users(shop, 'chat:a'), [])
})

test('of a crowd a thousand are listed', () => {
  for (let id = 1; id <= 1001; id++) seat(id)
  assert.equal(channels.users(shop, 'chat:a').length, 1000)
})

test('who sits in a channel whose room is removed is told', () => {
  const [here, elsewhere] = [seat(7), seat(7, blog)]
  const room = { appId: shop, kind: 'laravel_channel', key: roomKey('chat:a') } as Room
  const event = { type: 'room_removed', appId: shop, roomId: room.id, at: 0, origin: null } as const
  bus.publish({ event, room: { ...room, key: 'chat:a' } })
  assert.deepEqual(here.heard, [])
  bus.publish({ event, room })
  assert.deepEqual([here.heard, elsewhere.heard], [['removed'], []])
})
