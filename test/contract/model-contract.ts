import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RoomEvent } from '../../src/core/event.ts'
import type { Room, User } from '../../src/core/model.ts'
import type { Change } from '../../src/core/room.ts'
import { post, type Desk } from './desk.ts'

/** What happens to a room, with people and messages as indexes. A step is a list of them; several steps share a turn. */
type Act =
  | { readonly type: 'post'; readonly who: number; readonly body: string; readonly staff: boolean }
  | { readonly type: 'edit' | 'delete'; readonly messageId: number; readonly body: string }
  | { readonly type: 'join' | 'leave' | 'assign'; readonly who: number }
  | { readonly type: 'release' | 'close' | 'reopen' }
  | { readonly type: 'freeze'; readonly frozen: boolean }
  | { readonly type: 'hand_over'; readonly who: number }
  | {
      readonly type: 'describe'
      readonly name: string | null
      readonly meta: { readonly a: string } | null
      readonly open: boolean | null
    }

const who = fc.nat({ max: 3 })
// Past the length of a preview, around which a surrogate pair may be cut.
const body = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.nat({ max: 3 }).map((n) => 'x'.repeat(997 + n) + '😀😀'),
  fc.constant('\ud83d'),
)
const messageId = fc.integer({ min: 1, max: 9 })
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('post'), who, body, staff: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('edit', 'delete'), messageId, body }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('join', 'leave', 'assign', 'hand_over'), who }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('release', 'close', 'reopen') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('freeze'), frozen: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('describe'),
      name: fc.option(body),
      meta: fc.option(fc.record({ a: body })),
      open: fc.option(fc.boolean()),
    }),
  },
)
const turns = fc.array(fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }), {
  maxLength: 12,
})

/** A message of the model, changed in place, so that every entry of the log that shows it shows it as it is now. */
interface Said {
  readonly id: number
  readonly staff: boolean
  body: string
  deleted: boolean
}

interface Entry {
  readonly seq: number
  readonly type: RoomEvent['type']
  readonly message?: Said
}

/** The room as the contract says it must be: a list of messages and a log that points into it. */
class Model {
  readonly messages: Said[] = []
  readonly log: Entry[] = []

  /** False: the step must be refused, and nothing happened. */
  take(step: readonly Act[]): boolean {
    const known = new Set(this.messages.filter(({ deleted }) => !deleted).map(({ id }) => id))
    for (const one of step) if ('messageId' in one && !known.has(one.messageId)) return false
    for (const one of step) this.#happen(one)
    return true
  }

  #happen(one: Act): void {
    const type = eventOf(one)
    const seq = this.log.length + 1
    if (one.type === 'post') {
      const message = { id: this.messages.length + 1, staff: one.staff, body: one.body.toWellFormed(), deleted: false }
      this.messages.push(message)
      this.log.push({ seq, type, message })
    } else if ('messageId' in one) {
      const message = this.messages[one.messageId - 1] ?? assert.fail()
      if (one.type === 'edit') message.body = one.body.toWellFormed()
      else Object.assign(message, { body: '', deleted: true })
      this.log.push({ seq, type, message })
    } else this.log.push({ seq, type })
  }
}

function eventOf(one: Act): RoomEvent['type'] {
  if (one.type === 'freeze') return one.frozen ? 'room_frozen' : 'room_unfrozen'
  return (
    {
      post: 'message_posted',
      edit: 'message_edited',
      delete: 'message_deleted',
      join: 'member_joined',
      leave: 'member_left',
      hand_over: 'room_handed_over',
      assign: 'room_assigned',
      release: 'room_released',
      close: 'room_closed',
      reopen: 'room_reopened',
      describe: 'room_described',
    } as const
  )[one.type]
}

function changeOf(one: Act, people: readonly User[]): Change {
  const person = 'who' in one ? (people[one.who] ?? assert.fail()) : null
  switch (one.type) {
    case 'post':
      return post(person, one.body, { audience: one.staff ? 'staff' : 'all' })
    case 'edit':
      return { type: 'edit', messageId: one.messageId, body: one.body, detail: null }
    case 'delete':
      return { type: 'delete', messageId: one.messageId }
    case 'join':
      return { type: 'join', userId: person?.id ?? assert.fail(), role: 'member' }
    case 'leave':
      return { type: 'leave', userId: person?.id ?? assert.fail() }
    case 'hand_over':
      return { type: 'hand_over', toId: person?.id ?? assert.fail() }
    case 'assign':
      return { type: 'assign', agentId: person?.id ?? assert.fail() }
    default:
      return one
  }
}

export function modelContract(desk: () => Desk): void {
  const play = async (scene: readonly (readonly (readonly Act[])[])[]): Promise<{ room: Room; model: Model }> => {
    const app = desk().newApp()
    const people = await Promise.all([0, 1, 2, 3].map(() => desk().user(app)))
    const room = await desk().room(app, { kind: 'consultation', state: 'waiting', ownerId: people[0]?.id ?? null })
    const noise = await desk().room(app)
    const model = new Model()
    for (const turn of scene) {
      desk().pass(10)
      const asked = turn.map((step) => desk().step(room, ...step.map((one) => changeOf(one, people))))
      const [settled] = await Promise.all([Promise.allSettled(asked), desk().say(noise, null, 'noise')])
      const expected = turn.map((step) => (model.take(step) ? 'fulfilled' : 'rejected'))
      assert.deepEqual(
        settled.map(({ status }) => status),
        expected,
      )
    }
    return { room, model }
  }

  test('since(any seq) is the log from there, page() is the history', async () => {
    await fc.assert(
      fc.asyncProperty(turns, fc.integer({ min: 1, max: 20 }), async (scene, limit) => {
        const { room, model } = await play(scene)
        const { messages } = desk().store
        for (let seq = 0; seq <= model.log.length; seq++) {
          const events = (await messages.since(room.id, seq, limit)) ?? assert.fail('a gap where there is none')
          assert.deepEqual(events.map(seen), model.log.slice(seq, seq + limit).map(expected))
        }
        assert.equal(await messages.since(room.id, model.log.length + 1, limit), null)
        for (const audience of ['all', 'staff'] as const) {
          const visible = model.messages.filter(({ deleted, staff }) => !deleted && (audience === 'staff' || !staff))
          for (const keep of ['newest', 'oldest'] as const) {
            const page = await messages.page(room.id, { audience, keep, limit })
            const kept = keep === 'newest' ? visible.slice(-limit) : visible.slice(0, limit)
            assert.deepEqual(
              page.map(({ id, body: words }) => [id, words]),
              kept.map(({ id, body: words }) => [id, words]),
            )
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  test('what memory says of a room is what is there after opening the store again', async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (scene) => {
        const { room } = await play(scene)
        const { appId, id } = room
        const before = structuredClone(await desk().store.rooms.withMembers(appId, id))
        await desk().reopen()
        const after = await desk().store.rooms.withMembers(appId, id)
        assert.deepEqual(after?.room, before?.room)
        assert.deepEqual(byId(after?.members), byId(before?.members))
        assert.equal((await desk().store.messages.since(id, 0, 1000))?.length, before?.room.lastSeq)
      }),
      { numRuns: 25 },
    )
  })
}

function seen(event: RoomEvent): unknown {
  if (event.type === 'message_deleted') return [event.seq, event.type, event.messageId]
  if ('message' in event) {
    const { id, body: words, deletedAt, audience } = event.message
    return [event.seq, event.type, id, words, deletedAt !== null, audience === 'staff']
  }
  return [event.seq, event.type]
}

function expected({ seq, type, message }: Entry): unknown {
  if (!message) return [seq, type]
  if (type === 'message_deleted') return [seq, type, message.id]
  return [seq, type, message.id, message.body, message.deleted, message.staff]
}

function byId(members: ReadonlyMap<number, unknown> | undefined): unknown[] {
  return [...(members ?? [])].sort(([a], [b]) => a - b)
}
