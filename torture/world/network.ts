import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Clients on one side of a node, Redis and the database on the other. */
export const sides = ['front', 'back'] as const
export type Side = (typeof sides)[number]

/** Where a node is on each side, and everything else. */
export interface Address {
  readonly front: string
  readonly back: string
  readonly port: number
  /** What to put before a program so that it runs there. */
  readonly prefix: readonly string[]
}

const networks: Readonly<Record<Side, string>> = { front: '10.77.0', back: '10.88.0' }

/**
 * A network of the run's own: this process is in a network namespace already (see isolation.ts), and each node gets one with
 * a cable to either side. All of it goes with the processes in it.
 */
export class Network {
  /** Hold the namespaces of nodes open while their nodes are dead. */
  readonly #holders: ChildProcess[] = []

  static async open(): Promise<Network> {
    await ip('link set lo up')
    for (const side of sides) {
      await ip(`link add ${side} type bridge`)
      await ip(`address add ${networks[side]}.1/24 dev ${side}`)
      await ip(`link set ${side} up`)
    }
    return new Network()
  }

  /** Where Redis and the database are. */
  get servicesHost(): string {
    return `${networks.back}.1`
  }

  /** A new place for a node; the first is 0. */
  async place(index: number): Promise<Address> {
    const holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' })
    this.#holders.push(holder)
    const enter = ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--']
    // Until it has a namespace of its own, entering it leads here.
    while (!(await isElsewhere(holder.pid))) await new Promise((resolve) => setTimeout(resolve, 5))
    for (const side of sides) {
      await ip(`link add ${cable(side, index)} type veth peer name ${side} netns ${holder.pid}`)
      await ip(`link set ${cable(side, index)} master ${side} up`)
      await ip(`address add ${networks[side]}.${index + 11}/24 dev ${side}`, enter)
      await ip(`link set ${side} up`, enter)
    }
    await ip('link set lo up', enter)
    const host = (side: Side): string => `${networks[side]}.${index + 11}`
    return { front: host('front'), back: host('back'), port: 8080, prefix: enter }
  }

  /** Pulls a node's cable: who is connected hears nothing of it. */
  cut(index: number, side: Side): Promise<void> {
    return ip(`link set ${cable(side, index)} down`)
  }

  mend(index: number, side: Side): Promise<void> {
    return ip(`link set ${cable(side, index)} up`)
  }

  async close(): Promise<void> {
    for (const [index, holder] of this.#holders.entries()) {
      // A namespace goes some time after its last process, and the next run has cables of the same names.
      for (const side of sides) await ip(`link delete ${cable(side, index)}`).catch(() => {})
      holder.kill('SIGKILL')
    }
    for (const side of sides) await ip(`link delete ${side}`)
  }
}

function cable(side: Side, index: number): string {
  return `${side}${index}`
}

async function ip(command: string, prefix: readonly string[] = []): Promise<void> {
  const [program = '', ...args] = [...prefix, 'ip', ...command.split(' ')]
  await run(program, args)
}

async function isElsewhere(pid: number | undefined): Promise<boolean> {
  const { stdout } = await run('readlink', ['/proc/self/ns/net', `/proc/${pid}/ns/net`]).catch(() => ({ stdout: '' }))
  const [here, there] = stdout.trim().split('\n')
  return there !== undefined && here !== there
}
