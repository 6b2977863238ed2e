import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { turnsDuring } from '../../../test/support/event-loop.ts'
import { pageAfter, readCursor } from './cursor.ts'

/** A list that others change between its pages. */
class List {
  items: number[]

  constructor(items: readonly number[]) {
    this.items = [...items].toSorted((a, b) => b - a)
  }

  page(next: string | undefined, limit: number, isWanted?: (item: number) => Promise<boolean>) {
    const listing = {
      fetch: async (offset: number, most: number) => this.items.slice(offset, offset + most),
      keyOf: (item: number) => [item, 0] as const,
      ...(isWanted && { isWanted }),
    }
    return pageAfter(listing, readCursor(next), limit)
  }

  async all(limit: number, meanwhile: () => void = () => {}): Promise<number[]> {
    const found: number[] = []
    let next: string | undefined
    do {
      const page = await this.page(next, limit)
      found.push(...page.items)
      next = page.next
      meanwhile()
    } while (next !== undefined)
    return found
  }
}

describe('pages', () => {
  test('follow each other', async () => {
    const list = new List([1, 2, 3, 4, 5])
    const first = await list.page(undefined, 2)
    assert.deepEqual(first.items, [5, 4])
    const second = await list.page(first.next, 2)
    assert.deepEqual(second.items, [3, 2])
    assert.deepEqual(await list.page(second.next, 2), { items: [1] })
    assert.deepEqual(await new List([1, 2]).page(undefined, 2), { items: [2, 1] })
  })

  test('leave nothing out and say nothing twice while the list changes', async () => {
    const change = fc.record({ add: fc.array(fc.integer({ min: 1001, max: 2000 })), drop: fc.array(fc.nat(400)) })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { maxLength: 400 }),
        fc.array(change, { maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        async (items, changes, limit) => {
          const list = new List(items)
          const dropped = new Set<number>()
          const left = [...changes]
          const found = await list.all(limit, () => {
            const { add = [], drop = [] } = left.pop() ?? {}
            for (const index of drop) {
              const item = list.items[index]
              if (item !== undefined) dropped.add(item)
            }
            list.items = [...new Set([...list.items.filter((item) => !dropped.has(item)), ...add])].toSorted(
              (a, b) => b - a,
            )
          })
          const old = found.filter((item) => item <= 1000)
          assert.equal(new Set(old).size, old.length)
          for (const item of items) if (!dropped.has(item)) assert.ok(old.includes(item), `${item} is missing`)
        },
      ),
    )
  })

  test('where few are wanted, end early and go on', async () => {
    const list = new List(Array.from({ length: 5000 }, (_, index) => index + 1))
    const wanted = async (item: number) => item === 1
    let page = await list.page(undefined, 10, wanted)
    let pages = 1
    while (page.next !== undefined) {
      page = await list.page(page.next, 10, wanted)
      pages++
    }
    assert.deepEqual(page.items, [1])
    assert.equal(pages, 3)
  })

  test('a cursor that was made up is refused, or gives a page after a few looks', async () => {
    for (const next of ['', '!', 'MQ', Buffer.from('1.2').toString('base64url'), 'x'.repeat(200)])
      assert.throws(() => readCursor(next), /next/)
    await fc.assert(
      fc.asyncProperty(fc.nat(999_999_999), fc.nat(), fc.nat(), async (offset, first, second) => {
        let looks = 0
        const listing = {
          fetch: async (from: number, most: number) => {
            looks++
            return Array.from(
              { length: Math.max(0, Math.min(most, 10_000 - from)) },
              (_, index) => 10_000 - from - index,
            )
          },
          keyOf: (item: number) => [item, 0] as const,
        }
        const next = Buffer.from([offset, first, second].join('.')).toString('base64url')
        const turns = await turnsDuring(() => pageAfter(listing, readCursor(next), 15))
        assert.ok(looks < 60)
        assert.ok(turns >= looks, 'others had their turn')
      }),
    )
  })
})
