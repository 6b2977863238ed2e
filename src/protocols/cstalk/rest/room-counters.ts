import type { RoomQuery } from '../../../core/ports.ts'
import type { Desk } from '../desk.ts'
import type { Caller } from './door.ts'

/** How the desk stands now: rooms that wait, rooms in progress, and those closed since midnight, exact up to 10,000. */
interface Counters {
  readonly readyCount: number
  readonly ingCount: number
  readonly closeCount: number
}

/** Of the whole company. */
export async function companyCounters(desk: Desk, caller: Caller): Promise<Counters> {
  const { byState } = await desk.store.rooms.counts(caller.user.appId, 'consultation', null)
  return { readyCount: byState.waiting, ingCount: byState.active, closeCount: await closedToday(desk, caller, {}) }
}

/** What waits for everybody, and of the rest what is or was the caller's. */
export async function ownCounters(desk: Desk, caller: Caller): Promise<Counters> {
  const { user } = caller
  const { byState, held } = await desk.store.rooms.counts(user.appId, 'consultation', user.id)
  return {
    readyCount: byState.waiting,
    ingCount: held,
    closeCount: await closedToday(desk, caller, { heldById: user.id }),
  }
}

async function closedToday(desk: Desk, { company }: Caller, more: Partial<RoomQuery>): Promise<number> {
  const closedFrom = company.time.moment(company.time.parts(desk.now()).date, 'first') ?? 0
  const { total } = await desk.store.rooms.find({
    appId: company.app.id,
    kind: 'consultation',
    states: ['closed'],
    closedFrom,
    limit: 0,
    ...more,
  })
  return total
}
