import type { RoomEvent } from '../../../core/event.ts'
import type { AppId, RoomId, UserId } from '../../../core/model.ts'
import { isOfWords } from '../../../core/room.ts'
import type { LogEntry, ReadEntry } from '../../../core/room-log.ts'

/** What one decision did to a room, as the nodes' common log carries it. */
export interface Step {
  readonly uid: string
  /** The uid of the step before it in the room, empty for none: a step is only what it says right after that one. */
  readonly after: string
  readonly appId: AppId
  readonly roomId: RoomId
  /** One at least, in the order of seq. */
  readonly events: readonly RoomEvent[]
  /** Of the message that was posted. */
  readonly clientKey: string | null
  /** Whose own marks move to what was posted. */
  readonly marks: UserId | null
}

/** What says of an entry whether it has to be looked into. */
export interface StepHead {
  readonly appId: AppId
  /** It holds more than words: who is in the room, or what becomes of it. */
  readonly isWide: boolean
}

/** Raised with a form that nodes of the version before can't read. */
const version = 1
/** Nodes of another version may know other events: what they say of a room's course is kept whole, or not taken at all. */
const types: ReadonlySet<unknown> = new Set<RoomEvent['type']>([
  'message_posted',
  'message_edited',
  'message_deleted',
  'member_joined',
  'member_left',
  'member_appointed',
  'user_banned',
  'user_unbanned',
  'room_handed_over',
  'room_assigned',
  'room_released',
  'room_closed',
  'room_reopened',
  'room_frozen',
  'room_unfrozen',
  'room_pinned',
  'room_unpinned',
  'room_described',
])

/** A line that is read of every entry, and then the rest, which is read where somebody is interested. */
export function entryOf(step: Step): LogEntry {
  const { uid, roomId, appId, after, events, clientKey, marks } = step
  const isWide = !events.every(isOfWords)
  const body = JSON.stringify({
    after,
    events,
    ...(clientKey !== null && { clientKey }),
    ...(marks !== null && { marks }),
  })
  return { uid, roomId, text: `${version}${isWide ? 'w' : '-'}${appId}\n${body}` }
}

/** Null for what no node of this version wrote. */
export function headOf({ text }: LogEntry): StepHead | null {
  const end = text.indexOf('\n')
  if (end < 3 || end > 200 || text[0] !== String(version)) return null
  return { appId: text.slice(2, end) as AppId, isWide: text[1] === 'w' }
}

/** Null for what no node of this version wrote. */
export function stepOf(entry: ReadEntry): Step | null {
  const head = headOf(entry)
  if (!head) return null
  let body: unknown
  try {
    body = JSON.parse(entry.text.slice(entry.text.indexOf('\n') + 1))
  } catch {
    return null
  }
  if (typeof body !== 'object' || body === null) return null
  const { after, events, clientKey = null, marks = null } = body as { [Field in keyof Step]?: unknown }
  if (typeof after !== 'string' || !Array.isArray(events) || events.length === 0) return null
  if (clientKey !== null && typeof clientKey !== 'string') return null
  if (marks !== null && !Number.isSafeInteger(marks)) return null
  const { uid, roomId } = entry
  const { appId } = head
  for (const [index, event] of events.entries()) if (!isEvent(event, appId, roomId, events[0].seq + index)) return null
  return { uid, after, appId, roomId, events: events as RoomEvent[], clientKey, marks: marks as UserId | null }
}

function isEvent(event: unknown, appId: AppId, roomId: RoomId, seq: number): boolean {
  if (typeof event !== 'object' || event === null) return false
  const said = event as { [Field in 'type' | 'appId' | 'roomId' | 'seq' | 'at' | 'message']?: unknown }
  if (!types.has(said.type) || said.appId !== appId || said.roomId !== roomId) return false
  if (said.seq !== seq || !Number.isSafeInteger(seq) || seq < 1 || !Number.isSafeInteger(said.at)) return false
  if (!isOfWords(event as RoomEvent)) return true
  const message = said.message as
    | { roomId?: unknown; id?: unknown; body?: unknown; detail?: unknown }
    | null
    | undefined
  if (typeof message !== 'object' || message === null || message.roomId !== roomId) return false
  return Number.isSafeInteger(message.id) && typeof message.body === 'string' && typeof message.detail === 'string'
}

/** Where a room is: how many events it had, and which step was the last. */
export function endOf(lastSeq: number, lastAppend: string): string {
  return `${lastSeq} ${lastAppend}`
}

export function seqOfEnd(end: string): number {
  return Number.parseInt(end, 10)
}
