import assert from 'node:assert/strict'
import { beforeEach, afterEach, describe, it } from 'node:test'
import { CommuRest, type Someone } from '../../../../test/support/commu-rest.ts'
import { loneNode } from '../../../../test/support/lone-node.ts'
import type { Close } from '../../../core/errors.ts'
import type { RoomId } from '../../../core/model.ts'
import { EventFraming, unframed } from '../../../wire/socketio/framing.ts'
import type { Knock, NamespaceLine } from '../../../wire/socketio/service.ts'
import { Archive } from './archive.ts'
import { Entrance } from './entrance.ts'
import type { SocketHouse } from './house.ts'
import { Moves } from './moves.ts'
import { RecentEvents } from './recent-events.ts'
import { Seat } from './seat.ts'
import { Seats } from './seats.ts'

/** A line that keeps the names of what is said on it. */
class NotedLine implements NamespaceLine {
  readonly id = 'a line'
  readonly framing = new EventFraming('/socket/commu-town')
  readonly address = '127.0.0.1'
  readonly origin = null
  readonly said: string[] = []
  onClose: (close: Close) => void = () => {}

  push(bytes: Uint8Array): void {
    for (const text of unframed(bytes)) this.said.push(/\["([\w-]+)"/.exec(text)?.[1] ?? text)
  }

  emit(name: string): void {
    this.said.push(name)
  }

  answer(): void {
    this.said.push('ack')
  }

  close(close: Close): void {
    this.onClose(close)
  }
}

let rest: CommuRest
let house: SocketHouse
let seats: Seats
let ana: Someone
let bo: Someone
let town: string
let townId: RoomId

beforeEach(async () => {
  rest = await CommuRest.open()
  ;({ ana, bo } = await rest.people('ana', 'bo'))
  town = await rest.community(ana, bo)
  townId = rest.shared.apps[0]!.ids.communityOf(town)!
})
afterEach(() => rest[Symbol.asyncDispose]())

/** From here on, events are heard. */
function openHouse(): void {
  house = { ...rest.shared, bus: rest.bus, nodes: loneNode(rest.shared.now), recent: new RecentEvents(100) }
  seats = new Seats(house, { returnMs: 60_000, maxAway: 100 })
}

function seatOf({ user }: Someone, line: NamespaceLine): Seat {
  const options = { house, seats, app: rest.shared.apps[0]!, user, communityId: townId, line }
  return new Seat({ ...options, canReturn: true, pid: 'a pid', id: line.id, startIndex: house.recent.end })
}

async function room(channel: string) {
  return (await rest.store.rooms.byId(rest.shared.apps[0]!.app.id, rest.roomOf(channel)))!
}

const leaveTown = (): Promise<unknown> => rest.ask('DELETE', `/api/communities/${town}/me`, { as: bo })

describe('a seat', () => {
  it('hears of two invitations and what is said between them in the order in which it happened', async () => {
    const square = await rest.channel(town, ana)
    const secrets = [await rest.channel(town, ana, true), await rest.channel(town, ana, true)]
    const from = rest.deliveries.length
    for (const secret of secrets) {
      await rest.ask('POST', `/api/channels/${secret}/users`, { as: ana, body: { users: [bo.id] } })
      await rest.say(square, ana)
    }
    openHouse()
    const line = new NotedLine()
    seatOf(bo, line).join(await room(square))
    // All in one moment, as from one commit.
    for (const delivery of rest.deliveries.slice(from)) rest.bus.publish(delivery)
    while (line.said.length < 4) await new Promise(setImmediate)
    assert.deepEqual(line.said, ['invited-to-channel', 'new-chat', 'invited-to-channel', 'new-chat'])
  })

  it('is not kept for who leaves the community in the moment in which the connection is lost', async () => {
    openHouse()
    const seat = seatOf(bo, new NotedLine())
    await leaveTown()
    seat.closed(true)
    assert.deepEqual([...seats.away], [])
    assert.equal(seats.size, 0)
  })

  it('is refused to who leaves the community while it is vacated', async () => {
    openHouse()
    const line = new NotedLine()
    const seat = seatOf(bo, line)
    line.onClose = ({ code }) => {
      if (code === 'stale') void leaveTown().then(() => seat.closed(true))
    }
    const knock = { namespace: `/socket/commu-${town}`, headers: {}, query: {}, address: '', origin: null, revision: 4 }
    const auth = { token: `Bearer ${bo.token}`, pid: seat.pid, offset: '' }
    const answer = await new Entrance(house, seats, new Moves(house, seats, 60_000)).admit({ ...knock, auth } as Knock)
    assert.deepEqual(answer, { refused: 'Unauthorized' })
  })

  it('of before a restart has lost the channels that its user was taken out of meanwhile', async () => {
    const [square, market] = [await rest.channel(town, ana), await rest.channel(town, ana)]
    openHouse()
    const seat = seatOf(bo, new NotedLine())
    for (const channel of [square, market]) seat.join(await room(channel))
    seat.closed(true)
    await new Archive(house, seats, 60_000).save()
    await rest.ask('DELETE', `/api/channels/${market}/me`, { as: bo })
    openHouse()
    await new Archive(house, seats, 60_000).load()
    const [restored] = seats.away
    assert.deepEqual([...(restored?.places.keys() ?? [])], [rest.roomOf(square)])
  })

  it('of before a restart is gone for who left the community meanwhile', async () => {
    openHouse()
    seatOf(bo, new NotedLine()).closed(true)
    await new Archive(house, seats, 60_000).save()
    await leaveTown()
    openHouse()
    await new Archive(house, seats, 60_000).load()
    assert.equal(seats.size, 0)
  })
})
