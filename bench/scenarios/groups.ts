import { gather } from '../load/crowd.ts'
import { GroupTalker } from '../load/group-talker.ts'
import { Tally } from '../load/talker.ts'
import { stockGroups } from '../subject/group-stock.ts'
import { startParlance } from '../subject/servers.ts'
import type { Spoken } from './spoken.ts'

/** Group channels, as the SDK speaks: JSON, and a reply when a message is kept. */
export const groups: Spoken = {
  name: 'parlance gitplelive',

  async oneRoom({ dataDir, profileDir }, listeners) {
    const [seats = []] = await stockGroups(dataDir, 1, listeners + 1)
    const subject = await startParlance({ dataDir, profileDir }, groups.name)
    const tally = new Tally()
    const talkers = await gather(seats.length, (index) => GroupTalker.connect(subject.port, seats[index]!, tally))
    const close = (): void => talkers.forEach((talker) => talker.close())
    return { subject, rooms: [[talkers[0]!]], audience: seats.length, tally, close }
  },

  async pairs({ dataDir, profileDir }, count) {
    const channels = await stockGroups(dataDir, count, 2)
    const subject = await startParlance({ dataDir, profileDir }, groups.name)
    const tally = new Tally()
    const rooms = await gather(count, (index) =>
      Promise.all(channels[index]!.map((seat) => GroupTalker.connect(subject.port, seat, tally))),
    )
    return { subject, rooms, audience: 2, tally, close: () => rooms.flat().forEach((talker) => talker.close()) }
  },
}
