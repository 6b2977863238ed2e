import { ChatError } from '../../../core/errors.ts'
import type { RoomEvent } from '../../../core/event.ts'
import type { Message, Room, RoomId } from '../../../core/model.ts'
import type { Appended } from '../../../core/ports.ts'
import { fold, stamp, type Change, type People } from '../../../core/room.ts'
import type { LogEntry } from '../../../core/room-log.ts'
import { posted } from '../../rows.ts'
import { maxId } from '../messages.ts'
import type { AppendJob } from './append-jobs.ts'
import type { EarlierMessages } from './earlier.ts'
import type { KnownRoom } from './known-rooms.ts'
import { endOf, entryOf, type Step } from './step.ts'

/** What jobs come to in a room as it is: to be appended in one step, or not at all. */
export interface Plan {
  readonly roomId: RoomId
  readonly before: string
  readonly after: string
  readonly entries: readonly LogEntry[]
  /** The job that each entry is of, and what the entry says. */
  readonly jobs: readonly { readonly job: AppendJob; readonly step: Step }[]
  /** Of those for whom nothing is to be done. `step`: in which it was done, where the database may not have it yet. */
  readonly answers: readonly { readonly job: AppendJob; readonly appended: Appended; readonly step: Step | null }[]
  /** Messages that must be looked up before the rest can be planned. */
  readonly lacking: { readonly ids: readonly number[]; readonly keys: readonly string[] }
}

const maxTextChars = 1_000_000
/** After one of these the next decision needs to see who is in the room now. */
const movesPeople: ReadonlySet<RoomEvent['type']> = new Set([
  'member_joined',
  'member_left',
  'member_appointed',
  'user_banned',
  'user_unbanned',
  'room_assigned',
  'room_released',
  'room_closed',
])

/** Decides for one job after the other, as far as that goes in one step. A job that is refused hears so at once. */
export function plan(
  known: KnownRoom,
  jobs: readonly AppendJob[],
  earlier: EarlierMessages | null,
  newUid: () => string,
  at: number,
): Plan {
  let { room, lastAppend } = known
  const entries: LogEntry[] = []
  const planned: { job: AppendJob; step: Step }[] = []
  const answers: { job: AppendJob; appended: Appended; step: Step | null }[] = []
  const ids: number[] = []
  const keys: string[] = []
  const keysHere = new Set<string>()
  /** Messages as this plan leaves them. */
  const said = new Map<number, Message | null>()
  let chars = 0
  for (const job of jobs) {
    if (chars > maxTextChars) break
    const { actorId, clientKey } = job.by
    if (clientKey !== undefined) {
      // The same one twice: the second sees the first in the next step.
      if (keysHere.has(clientKey)) break
      keysHere.add(clientKey)
      const before = earlier?.posted(actorId, clientKey)
      // A repetition isn't asked whether it may.
      if (before === undefined) {
        keys.push(clientKey)
        continue
      }
      if (before) {
        const appended = { room, events: [posted(room.appId, before.message)], repeated: true }
        answers.push({ job, appended, step: before.step })
        continue
      }
    }
    // Those behind one that waits do too, and are not refused for what it may change: what comes first in a room is done first.
    const isBehind = ids.length > 0 || keys.length > 0
    const decision = decide(job, known, room, (id) => (said.has(id) ? said.get(id) : earlier?.message(id)), isBehind)
    if (!decision) continue
    ids.push(...decision.lacking)
    if (isBehind || ids.length > 0) continue
    if (decision.changes.length === 0) {
      answers.push({ job, appended: { room, events: [] }, step: null })
      continue
    }
    const stepped = stepOf(job, decision, known, room, { uid: newUid(), after: lastAppend, at })
    if (!stepped) continue
    const { entry, step } = stepped
    room = stepped.room
    lastAppend = entry.uid
    chars += entry.text.length
    entries.push(entry)
    planned.push({ job, step })
    for (const event of step.events)
      if ('message' in event) said.set(event.message.id, event.type === 'message_deleted' ? null : event.message)
    if (step.events.some(({ type }) => movesPeople.has(type))) break
  }
  return {
    roomId: room.id,
    before: endOf(known.room.lastSeq, known.lastAppend),
    after: endOf(room.lastSeq, lastAppend),
    entries,
    jobs: planned,
    answers,
    lacking: { ids, keys },
  }
}

interface Decision {
  readonly changes: readonly Change[]
  readonly targets: readonly (Message | null)[]
  readonly lacking: readonly number[]
}

/** Null when the job was refused, or would be if it were its turn. */
function decide(
  job: AppendJob,
  known: KnownRoom,
  room: Room,
  messageOf: (id: number) => Message | null | undefined,
  isBehind: boolean,
): Decision | null {
  try {
    const changes = job.decide({ ...known, room })
    if (room.lastSeq + changes.length > maxId) throw new ChatError('conflict', 'this room is full')
    const lacking: number[] = []
    const targets = changes.map((change) => {
      if (change.type !== 'edit' && change.type !== 'delete') return null
      const message = messageOf(change.messageId)
      if (message === null) throw new ChatError('not_found', 'there is no such message')
      if (message === undefined) lacking.push(change.messageId)
      return message ?? null
    })
    return { changes, targets, lacking }
  } catch (error) {
    if (!isBehind) job.refuse(error)
    return null
  }
}

/** Null when the job was refused: what can't be stored fails its own append, and not everyone's when it is brought to the database. */
function stepOf(
  job: AppendJob,
  { changes, targets }: Decision,
  known: KnownRoom,
  before: Room,
  { uid, after, at }: { uid: string; after: string; at: number },
): { room: Room; step: Step; entry: LogEntry } | null {
  const { actorId, origin, clientKey, marksActor } = job.by
  let room = before
  const events: RoomEvent[] = []
  try {
    for (const [index, change] of changes.entries()) {
      if (change.type === 'post' && (typeof change.body !== 'string' || typeof change.detail !== 'string'))
        throw new TypeError('a message without text')
      const event = stamp({ ...known, room }, change, { actorId, origin, at }, targets[index] ?? null)
      room = fold(room, nobody(), event)
      events.push(event)
    }
    const marks = marksActor ? actorId : null
    const step = { uid, after, appId: room.appId, roomId: room.id, events, clientKey: clientKey ?? null, marks }
    return { room, step, entry: entryOf(step) }
  } catch (error) {
    job.refuse(error)
    return null
  }
}

/** Decisions see the people as they are; what they do to them is seen when it is read of the log. */
function nobody(): People {
  return { members: new Map(), bans: new Map() }
}
