import type { Random } from '../random.ts'
import { RoundRobin } from '../../test/support/round-robin.ts'
import type { Node } from './parlance.ts'

const everyMs = 250
const patienceMs = 1000

/**
 * The load balancer of the run: each request and each connection goes to any of the nodes that say that they are ready,
 * whoever asks. As real ones do, it asks each of them all the time, and believes the second answer in a row.
 */
export class Balancer implements AsyncDisposable {
  readonly #front: RoundRobin
  readonly #nodes: readonly Node[]
  readonly #timer: NodeJS.Timeout
  readonly #unready = new Map<string, number>()

  private constructor(front: RoundRobin, nodes: readonly Node[], random: Random) {
    this.#front = front
    this.#nodes = nodes
    const urls = nodes.map(({ url }) => url)
    front.choose = () => {
      const well = urls.filter((url) => (this.#unready.get(url) ?? 0) < 2)
      return random.pick(well.length > 0 ? well : urls)
    }
    this.#timer = setInterval(() => urls.forEach((url) => void this.#ask(url)), everyMs)
  }

  static async open(nodes: readonly Node[], random: Random): Promise<Balancer> {
    return new Balancer(await RoundRobin.to(...nodes.map(({ url }) => url)), nodes, random)
  }

  get url(): string {
    return this.#front.url
  }

  /** Why nodes say that they are not ready. */
  async complaints(): Promise<string[]> {
    const answers = this.#nodes.map(async ({ name, url }) => {
      const why = await whyNotReady(url)
      return why === null ? [] : [`${name}: ${why}`]
    })
    return (await Promise.all(answers)).flat()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#front[Symbol.asyncDispose]()
  }

  async #ask(url: string): Promise<void> {
    const why = await whyNotReady(url)
    this.#unready.set(url, why === null ? 0 : (this.#unready.get(url) ?? 0) + 1)
  }
}

async function whyNotReady(url: string): Promise<string | null> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(patienceMs) })
    const said = await response.text()
    return response.status === 200 ? null : `${response.status} ${said}`
  } catch (error) {
    return String(error)
  }
}
