import { ChatError } from '../../core/errors.ts'
import type { Draft } from '../../core/command.ts'
import { messageType } from './objects.ts'

/** What a client sends to `/pub/socket/message`: `{eventName, data}`. */
export type Inbound =
  | { readonly event: 'ASSIGN'; readonly roomId: number }
  | { readonly event: 'ROOM_DETAIL' }
  | { readonly event: 'MESSAGE_LIST'; readonly startId: number; readonly staff: boolean }
  | { readonly event: 'START_MESSAGE' }
  | { readonly event: 'MESSAGE'; readonly draft: Draft; readonly system: boolean }
  | { readonly event: 'READ_MESSAGE'; readonly startId: number; readonly endId: number }
  | { readonly event: 'SAVE_HISTORY'; readonly history: unknown }
  | { readonly event: 'DELETE_MESSAGE'; readonly id: number }
  | { readonly event: 'REVIEW'; readonly score: number }
  | { readonly event: 'END' }

type Data = Readonly<Record<string, unknown>>

/** Throws `invalid` with what was wrong. Integers may come as strings; what isn't asked for is ignored. */
export function decodeInbound(body: string): Inbound {
  const { eventName, data } = parse(body)
  switch (eventName) {
    case 'ASSIGN':
      return { event: eventName, roomId: integer(data, 'roomId') }
    case 'ROOM_DETAIL':
    case 'START_MESSAGE':
    case 'END':
      return { event: eventName }
    case 'MESSAGE_LIST':
      return {
        event: eventName,
        startId: integer(data, 'startId', 0),
        staff: integer(data, 'messageAdminType', 0) !== 0,
      }
    case 'MESSAGE':
      return { event: eventName, draft: draft(data), system: integer(data, 'isSystemMessage', 0) !== 0 }
    case 'READ_MESSAGE':
      return { event: eventName, startId: integer(data, 'startId'), endId: integer(data, 'endId') }
    case 'SAVE_HISTORY':
      return { event: eventName, history: history(data) }
    case 'DELETE_MESSAGE':
      return { event: eventName, id: integer(data, 'id') }
    case 'REVIEW':
      return { event: eventName, score: score(data) }
    default:
      throw new ChatError('invalid', `unknown eventName ${JSON.stringify(eventName)?.slice(0, 60)}`, 'eventName')
  }
}

function parse(body: string): { eventName: unknown; data: Data } {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new ChatError('invalid', 'the body is not JSON')
  }
  if (!isObject(value)) throw new ChatError('invalid', 'the body is not a JSON object')
  const data = value['data'] ?? {}
  if (!isObject(data)) throw new ChatError('invalid', 'data is not an object', 'data')
  return { eventName: value['eventName'], data }
}

function draft(data: Data): Draft {
  const type = messageType(integer(data, 'messageType', 0))
  if (!type) throw new ChatError('invalid', 'messageType must be 0 to 6', 'messageType')
  const body = string(data, 'message')
  const detail = string(data, 'messageDetail')
  if (body === '' && detail === '') throw new ChatError('invalid', 'the message is empty', 'message')
  return { type, body, detail, audience: integer(data, 'messageAdminType', 0) === 0 ? 'all' : 'staff' }
}

/** Steps of a chat bot: any JSON, but not so deep that writing it again needs more stack than there is. */
function history(data: Data): unknown {
  const value = data['history'] ?? null
  if (!isShallow(value, 32)) throw new ChatError('invalid', 'history is nested too deep', 'history')
  return value
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1))
}

function score(data: Data): number {
  const value = integer(data, 'reviewScore')
  if (value < 1 || value > 5) throw new ChatError('invalid', 'reviewScore must be 1 to 5', 'reviewScore')
  return value
}

/** A whole number from 0, as a number or in digits. Null counts as missing. */
function integer(data: Data, name: string, fallback?: number): number {
  const value = data[name] ?? fallback
  if (value === undefined) throw new ChatError('invalid', `missing parameter: ${name}`, name)
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
  // The original's clients send an empty string for "from the newest".
  if (value === '' && fallback !== undefined) return fallback
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new ChatError('invalid', `${name} must be a whole number`, name)
}

function string(data: Data, name: string): string {
  const value = data[name] ?? ''
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') throw new ChatError('invalid', `${name} must be a string`, name)
  return value
}

function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
