import type { Measured } from '../subject/subject.ts'
import type { Tally, Talker } from './talker.ts'

const arrivalTimeoutMs = 30_000

/** All clients of one server, and what is expected of them. */
export interface Crowd {
  readonly subject: Measured
  /** Who takes turns in speaking: one list per room. */
  readonly rooms: readonly (readonly Talker[])[]
  /** How many hear each message. */
  readonly audience: number
  readonly tally: Tally
  close(): void
}

/** A closed loop: each room has `inFlight` messages that are not acknowledged yet, until the time is over. */
export interface Loop {
  readonly inFlight: number
  readonly forMs: number
}

export interface Slice {
  readonly messages: number
  readonly deliveries: number
  /** From the first message to the last delivery. */
  readonly elapsedMs: number
  /** Of the server. */
  readonly cpuMs: number
  /** Of this process, the load. */
  readonly loadCpuMs: number
  /** From sending to the ack, ascending. */
  readonly latenciesMs: readonly number[]
}

/** One slice of load on one server. Rejects when a message was not acknowledged, or did not reach everyone. */
export async function runLoop(crowd: Crowd, loop: Loop): Promise<Slice> {
  const { subject, tally } = crowd
  const arrivedBefore = tally.deliveries
  const before = await subject.sample()
  const loadBefore = process.cpuUsage()
  const from = performance.now()
  const latenciesMs = await talkUntil(crowd, loop, from + loop.forMs)
  const expected = latenciesMs.length * crowd.audience
  await arrival(tally, arrivedBefore + expected)
  const elapsedMs = performance.now() - from
  const load = process.cpuUsage(loadBefore)
  const after = await subject.sample()
  const deliveries = tally.deliveries - arrivedBefore
  if (deliveries !== expected || tally.faults.length > 0) {
    throw new Error(`${subject.name}: ${deliveries} deliveries instead of ${expected}; ${tally.faults.join('; ')}`)
  }
  return {
    messages: latenciesMs.length,
    deliveries,
    elapsedMs,
    cpuMs: after.cpuMs - before.cpuMs,
    loadCpuMs: (load.user + load.system) / 1000,
    latenciesMs: latenciesMs.sort((a, b) => a - b),
  }
}

/** Resolves with a latency per message when the last of them is acknowledged. */
function talkUntil({ rooms, subject, tally }: Crowd, { inFlight }: Loop, until: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const latenciesMs: number[] = []
    let outstanding = 0
    const timer = setTimeout(
      () =>
        reject(new Error(`${subject.name}: ${outstanding} messages were not acknowledged; ${tally.faults.join('; ')}`)),
      until - performance.now() + arrivalTimeoutMs,
    )
    const speak = (talker: Talker): void => {
      outstanding++
      talker.send()
    }
    for (const talkers of rooms) {
      // Acks of one room come in the order of its messages.
      const sentAt: number[] = []
      let turn = 0
      const next = (): void => {
        sentAt.push(performance.now())
        speak(talkers[turn++ % talkers.length]!)
      }
      const onAck = (): void => {
        const now = performance.now()
        latenciesMs.push(now - sentAt.shift()!)
        outstanding--
        if (now < until) next()
        else if (outstanding === 0) {
          clearTimeout(timer)
          resolve(latenciesMs)
        }
      }
      for (const talker of talkers) talker.onAck = onAck
      for (let count = 0; count < inFlight; count++) next()
    }
  })
}

/** The ack may be ahead of the last copies. More than expected is a fault too, and told by the caller. */
async function arrival(tally: Tally, expected: number): Promise<void> {
  const until = performance.now() + arrivalTimeoutMs
  while (tally.deliveries < expected && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Makes many, some at a time: a server's backlog of connections is finite. */
export async function gather<T>(count: number, make: (index: number) => Promise<T>, atOnce = 100): Promise<T[]> {
  const made: T[] = []
  while (made.length < count) {
    const from = made.length
    made.push(
      ...(await Promise.all(Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => make(from + index)))),
    )
  }
  return made
}
