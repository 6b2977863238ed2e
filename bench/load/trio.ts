import { setTimeout as elapsed } from 'node:timers/promises'
import { percentile } from '../report/statistics.ts'
import { gather } from './crowd.ts'
import { GroupTalker, type Seat } from './group-talker.ts'
import { Tally } from './talker.ts'

const pauseMs = 5
const arrivalTimeoutMs = 30_000

/** One who speaks, one who hears it at the same node, one at the next. */
export class Trio {
  readonly #talkers: readonly GroupTalker[]
  readonly #tally: Tally

  private constructor(talkers: readonly GroupTalker[], tally: Tally) {
    this.#talkers = talkers
    this.#tally = tally
  }

  /** `portFor` has the ports of two nodes, or one twice. */
  static async at(portFor: (index: number) => number, seats: readonly Seat[]): Promise<Trio> {
    const tally = new Tally()
    const nodes = [0, 0, 1]
    const talkers = await gather(nodes.length, (index) =>
      GroupTalker.connect(portFor(nodes[index]!), seats[index]!, tally),
    )
    return new Trio(talkers, tally)
  }

  /** How long it took to each of the two who hear, in the median. */
  async talk(messages: number): Promise<[near: number, far: number]> {
    const [speaker, ...hearers] = this.#talkers as [GroupTalker, GroupTalker, GroupTalker]
    const took: number[][] = [[], []]
    for (let count = 0; count < messages; count++) {
      await elapsed(pauseMs)
      const from = performance.now()
      const heard = hearers.map(
        (hearer, index) =>
          new Promise<void>((resolve) => {
            hearer.onMessage = () => {
              took[index]!.push(performance.now() - from)
              resolve()
            }
          }),
      )
      speaker.send()
      await inTime(Promise.all(heard), this.#tally)
    }
    return took.map((ms) =>
      percentile(
        ms.toSorted((a, b) => a - b),
        0.5,
      ),
    ) as [number, number]
  }

  close(): void {
    for (const talker of this.#talkers) talker.close()
  }
}

async function inTime(all: Promise<unknown>, tally: Tally): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`a message was not heard; ${tally.faults.join('; ')}`)), arrivalTimeoutMs)
  })
  await Promise.race([all, late]).finally(() => clearTimeout(timer))
}
