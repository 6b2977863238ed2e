import type { Delivery, RoomEvent, Signal } from '../../core/event.ts'
import {
  roles,
  roomKinds,
  roomStates,
  messageTypes,
  type AppId,
  type Episode,
  type LastMessage,
  type Room,
  type User,
} from '../../core/model.ts'
import { count, flag, nullable, oneOf, plainObject, record, text, type Check, type Shape } from './shapes.ts'

/** Signals that nodes tell each other. Each finds out by itself who is present where: from the roster. */
export type ToldSignal = Exclude<Signal, { type: 'presence_changed' }>

const room = record<Room>({
  id: count,
  appId: text,
  key: text,
  kind: oneOf(roomKinds),
  name: text,
  parentId: nullable(count),
  open: flag,
  state: oneOf(roomStates),
  frozen: flag,
  ownerId: nullable(count),
  assigneeId: nullable(count),
  lastAssigneeId: nullable(count),
  episode: nullable(
    record<Episode>({ number: count, firstId: count, waitingSince: count, assignedAt: nullable(count) }),
  ),
  episodes: count,
  lastId: count,
  lastSeq: count,
  lastMessage: nullable(
    record<LastMessage>({
      id: count,
      type: oneOf(messageTypes),
      preview: text,
      senderId: nullable(count),
      at: count,
    }),
  ),
  closedAt: nullable(count),
  pinnedAt: nullable(count),
  meta: plainObject,
  createdAt: count,
  updatedAt: count,
})

const user = record<User>({
  id: count,
  appId: text,
  role: oneOf(roles),
  name: text,
  blocked: flag,
  meta: plainObject,
  createdAt: count,
  updatedAt: count,
})

const told = { type: text, appId: text, at: count, origin: nullable(text) }
const inRoom = { ...told, roomId: count }

type Shapes = { readonly [Type in ToldSignal['type']]: Shape<Extract<ToldSignal, { type: Type }>> }

/** Every signal and its fields. */
const shapes: Shapes = {
  read_marked: { ...inRoom, userId: count, fromId: count, toId: count },
  delivered_marked: { ...inRoom, userId: count, toId: count },
  typing: { ...inRoom, userId: count },
  user_changed: { ...told, user },
  user_removed: { ...told, userId: count },
  room_removed: inRoom,
  notice: { ...inRoom, name: text, text },
  broadcast: { ...told, channel: text, name: text, data: text, meta: nullable(plainObject) },
}

const checks = new Map<unknown, Check>(
  Object.entries(shapes).map(([type, shape]) => [type, record<Record<string, unknown>>(shape)]),
)

/** Events of rooms take a seq, and have a road of their own. */
export function isSignal(event: Delivery['event']): event is Exclude<Delivery['event'], RoomEvent> {
  return !('seq' in event)
}

/** As `readSignal` takes it. */
export function signalJson({ event, room: its }: Delivery): string {
  return JSON.stringify({ event, room: its })
}

/** What another node told of, or why it is dropped. Never throws. */
export function readSignal(body: unknown, apps: ReadonlySet<AppId>): Delivery | 'unknown' | 'malformed' {
  if (!plainObject(body)) return 'malformed'
  const { event, room: its } = body as { event?: unknown; room?: unknown }
  if (!plainObject(event)) return 'malformed'
  const check = checks.get((event as { type?: unknown }).type)
  // A later version may know more.
  if (!check) return 'unknown'
  if (!check(event) || !(its === null || room(its))) return 'malformed'
  const delivery = { event: event as ToldSignal, room: its as Room | null }
  if (!apps.has(delivery.event.appId)) return 'unknown'
  return isOfOneApp(delivery) ? { ...delivery, foreign: true } : 'malformed'
}

/** Nothing may bring one app's words to another. */
function isOfOneApp({ event, room: its }: { event: ToldSignal; room: Room | null }): boolean {
  if (event.type === 'user_changed' && event.user.appId !== event.appId) return false
  if (its === null) return true
  return its.appId === event.appId && 'roomId' in event && its.id === event.roomId
}
