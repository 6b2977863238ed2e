import { Refusal } from './failures.ts'

/** Where the page before ended: how many were before, and what the last of them was sorted by. */
export interface Cursor {
  readonly offset: number
  readonly key: readonly [number, number]
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Absent on the last page. */
  readonly next?: string
}

interface Listing<T> {
  /** In a fixed order, the largest key first. */
  readonly fetch: (offset: number, limit: number) => Promise<readonly T[]>
  /** What the list is sorted by. */
  readonly keyOf: (item: T) => readonly [number, number]
  /** Whether the caller wants it. Default: all. */
  readonly isWanted?: ((item: T) => Promise<boolean>) | undefined
}

/** So many are looked at for one page: it may be shorter than asked, with more to come. */
const maxLooked = 2000
const batchSize = 101

/**
 * A page after a cursor. Stores count from the list's beginning, which moves while others add and remove; the key says where
 * the page before really ended, so that nothing comes twice and nothing is left out.
 */
export async function pageAfter<T>(listing: Listing<T>, cursor: Cursor | null, limit: number): Promise<Page<T>> {
  const { fetch, keyOf, isWanted } = listing
  const isPast = (item: T) => cursor === null || isBelow(keyOf(item), cursor.key)
  const fetchInTurn = async (offset: number, most: number) => {
    // Looking far into a long list takes many fetches: others have their turn between them.
    await new Promise(setImmediate)
    return fetch(offset, most)
  }
  const items: T[] = []
  let offset = cursor === null ? 0 : await startOf(fetchInTurn, isPast, cursor.offset)
  let key: Cursor['key'] = cursor?.key ?? [0, 0]
  for (let looked = 0; ;) {
    const batch = await fetchInTurn(offset, batchSize)
    for (const item of batch) {
      const isNext = isPast(item)
      if ((isNext && items.length === limit) || looked === maxLooked) return { items, next: write({ offset, key }) }
      looked++
      offset++
      if (!isNext) continue
      key = keyOf(item)
      if (!isWanted || (await isWanted(item))) items.push(item)
    }
    if (batch.length < batchSize) return { items }
  }
}

/** Steps back while the one before belongs to this page too: some of those before it have gone. */
async function startOf<T>(fetch: Listing<T>['fetch'], isPast: (item: T) => boolean, offset: number): Promise<number> {
  let start = offset
  // Ever further, so that a cursor that was made up doesn't keep us walking.
  for (let step = 1; start > 0; step *= 2) {
    const [before] = await fetch(start - 1, 1)
    if (before !== undefined && !isPast(before)) break
    start = Math.max(0, start - step)
  }
  return start
}

function isBelow([a, b]: Cursor['key'], [c, d]: Cursor['key']): boolean {
  return a < c || (a === c && b < d)
}

export function readCursor(next: string | undefined): Cursor | null {
  if (next === undefined) return null
  const text = Buffer.from(next, 'base64url').toString('latin1')
  const [, ...parts] = /^(\d{1,9})\.(\d{1,15})\.(\d{1,15})$/.exec(text) ?? []
  const [offset, first, second] = parts.map(Number)
  if (offset === undefined || first === undefined || second === undefined)
    throw new Refusal('parameters', 'next: is not one that was given', 'next')
  return { offset, key: [first, second] }
}

function write({ offset, key }: Cursor): string {
  return Buffer.from([offset, ...key].join('.')).toString('base64url')
}
