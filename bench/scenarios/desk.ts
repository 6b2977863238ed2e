import { gather, type Crowd } from '../load/crowd.ts'
import { StompTalker } from '../load/stomp-talker.ts'
import { Tally } from '../load/talker.ts'
import { startParlance } from '../subject/servers.ts'
import { Stock, type StockedAgent, type StockedCustomer } from '../subject/stock.ts'
import type { Subject } from '../subject/subject.ts'
import type { Spoken } from './spoken.ts'

/** Customers and agents of the consultation desk: STOMP, where a RECEIPT says that a message is kept. */
export const desk: Spoken = {
  name: 'parlance cstalk',

  async oneRoom({ dataDir, profileDir }, listeners) {
    const stock = new Stock(dataDir)
    const [customer] = await stock.addCustomers(1)
    const [agent] = await stock.addAgents(1)
    await stock.close()
    const subject = await startParlance({ dataDir, profileDir }, desk.name)
    const tally = new Tally()
    const enter = async (login: { customer: string } | { token: string }): Promise<StompTalker> => {
      const talker = await StompTalker.connect(subject.port, login, tally)
      await talker.enter(customer!.roomId)
      return talker
    }
    const agents = await gather(listeners, () => enter({ token: agent!.token }))
    const speaker = await enter({ customer: customer!.number })
    const close = (): void => [speaker, ...agents].forEach((talker) => talker.close())
    return { subject, rooms: [[speaker]], audience: listeners + 1, tally, close }
  },

  async pairs({ dataDir, profileDir }, count) {
    const stock = new Stock(dataDir)
    const customers = await stock.addCustomers(count)
    const agents = await stock.addAgents(count)
    await Promise.all(customers.map((customer, index) => stock.hold(customer, agents[index]!)))
    await stock.close()
    return deskPairs(await startParlance({ dataDir, profileDir }, desk.name), customers, agents)
  },
}

/** Customers, and the agents who hold their rooms. */
export async function deskPairs(
  subject: Subject,
  customers: readonly StockedCustomer[],
  agents: readonly StockedAgent[],
): Promise<Crowd> {
  const tally = new Tally()
  const rooms = await gather(customers.length, async (index) => {
    const { number, roomId } = customers[index]!
    const customer = await StompTalker.connect(subject.port, { customer: number }, tally)
    const agent = await StompTalker.connect(subject.port, { token: agents[index]!.token }, tally)
    await customer.enter(roomId)
    await agent.enter(roomId)
    return [customer, agent]
  })
  return { subject, rooms, audience: 2, tally, close: () => rooms.flat().forEach((talker) => talker.close()) }
}
