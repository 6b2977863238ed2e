import { CommuTalker, type Place } from '../load/commu-talker.ts'
import { gather, type Crowd } from '../load/crowd.ts'
import { Tally } from '../load/talker.ts'
import { startParlance, startSocketIo, type Where } from '../subject/servers.ts'
import type { Subject } from '../subject/subject.ts'
import { stockTowns } from '../subject/town-stock.ts'
import type { Spoken } from './spoken.ts'

/** Communities on Socket.IO: the ack says that a chat is written, and everybody else in the channel hears it. */
export const communities: Spoken = {
  name: 'parlance commu',

  async oneRoom(where, listeners) {
    const [places = []] = await stockTowns(where.dataDir, 1, listeners + 1)
    return oneChannel(await startTowns(where), places)
  },

  async pairs(where, count) {
    const towns = await stockTowns(where.dataDir, count, 2)
    return pairsOf(await startTowns(where), towns)
  },
}

/** The same clients on the official server, which keeps nothing and lets everybody in. */
export async function plainChannel(listeners: number): Promise<Crowd> {
  const places = Array.from({ length: listeners + 1 }, () => plainPlace(0))
  return oneChannel(await startSocketIo(), places)
}

export async function plainPairs(count: number): Promise<Crowd> {
  const towns = Array.from({ length: count }, (_, index) => [plainPlace(index), plainPlace(index)])
  return pairsOf(await startSocketIo(), towns)
}

/** Names as long as ours. */
function plainPlace(index: number): Place {
  const id = String(index).padStart(24, '0')
  return { community: id, channel: id, token: '' }
}

function startTowns(where: Where): Promise<Subject> {
  return startParlance(where, communities.name)
}

async function oneChannel(subject: Subject, places: readonly Place[]): Promise<Crowd> {
  const tally = new Tally()
  const talkers = await gather(places.length, (index) => CommuTalker.connect(subject.port, places[index]!, tally))
  const close = (): void => talkers.forEach((talker) => talker.close())
  return { subject, rooms: [[talkers[0]!]], audience: places.length - 1, tally, close }
}

async function pairsOf(subject: Subject, towns: readonly (readonly Place[])[]): Promise<Crowd> {
  const tally = new Tally()
  const rooms = await gather(towns.length, (index) =>
    Promise.all(towns[index]!.map((place) => CommuTalker.connect(subject.port, place, tally))),
  )
  return { subject, rooms, audience: 1, tally, close: () => rooms.flat().forEach((talker) => talker.close()) }
}
