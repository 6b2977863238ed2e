import type { Store } from '../../src/core/ports.ts'
import type { Seat } from '../load/group-talker.ts'
import { fillGroups } from './group-stock.ts'

/** Who sits where, the same in both stores. */
export interface Seats {
  /** Of one room. */
  readonly crowd: readonly Seat[]
  /** Two in each room. */
  readonly pairs: readonly (readonly Seat[])[]
  /** The one who speaks, one at its node, one at the other. */
  readonly three: readonly Seat[]
  /** Two in each room; they say nothing. */
  readonly idle: readonly Seat[]
}

export interface Sizes {
  readonly listeners: number
  readonly pairs: number
  readonly idle: number
}

/** Puts them all into a store that no server has yet, and closes it. */
export async function seated(store: Store, sizes: Sizes): Promise<Seats> {
  try {
    const [crowd = []] = await fillGroups(store, 'crowd', 1, sizes.listeners + 1)
    const pairs = await fillGroups(store, 'pair', sizes.pairs, 2)
    const [three = []] = await fillGroups(store, 'three', 1, 3)
    const idle = await fillGroups(store, 'idle', Math.ceil(sizes.idle / 2), 2)
    return { crowd, pairs, three, idle: idle.flat() }
  } finally {
    await store.close()
  }
}
