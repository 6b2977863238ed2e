import { gather } from '../load/crowd.ts'
import { PintalkTalker, type Side } from '../load/pintalk-talker.ts'
import { Tally } from '../load/talker.ts'
import { startParlance } from '../subject/servers.ts'
import { stockWebsite } from '../subject/website-stock.ts'
import type { Spoken } from './spoken.ts'

/** Guests of a website and its host: JSON, where one's own copy says that a message is kept. */
export const website: Spoken = {
  name: 'parlance pintalk',

  async oneRoom({ dataDir, profileDir }, listeners) {
    const { page, hostToken, rooms } = await stockWebsite(dataDir, 1)
    const subject = await startParlance({ dataDir, profileDir }, website.name)
    const tally = new Tally()
    const enter = (side: Side): Promise<PintalkTalker> => PintalkTalker.connect(subject.port, rooms[0]!, side, tally)
    const tabs = await gather(listeners, () => enter({ token: hostToken }))
    const guest = await enter({ page })
    const close = (): void => [guest, ...tabs].forEach((talker) => talker.close())
    return { subject, rooms: [[guest]], audience: listeners + 1, tally, close }
  },

  async pairs({ dataDir, profileDir }, count) {
    const { page, hostToken, rooms: names } = await stockWebsite(dataDir, count)
    const subject = await startParlance({ dataDir, profileDir }, website.name)
    const tally = new Tally()
    const rooms = await gather(count, (index) => {
      const enter = (side: Side): Promise<PintalkTalker> =>
        PintalkTalker.connect(subject.port, names[index]!, side, tally)
      return Promise.all([enter({ page }), enter({ token: hostToken })])
    })
    return { subject, rooms, audience: 2, tally, close: () => rooms.flat().forEach((talker) => talker.close()) }
  },
}
