import { Refusal } from '../failures.ts'

/** `[seq, epoch]`: an event of a channel, and when the channel was made. */
export type Position = readonly [seq: number, epoch: number]

/** By `channel_id`. */
export type Positions = ReadonlyMap<string, Position>

export type InFrame =
  | {
      readonly type: 'hello'
      readonly version: number
      readonly appId: string
      readonly userId: string
      readonly token: string
      readonly capabilities: readonly string[]
      readonly positions: Positions
    }
  | { readonly type: 'ping' }
  /** `input` is what else is in the frame. */
  | { readonly type: 'request'; readonly name: string; readonly ref: number; readonly input: object }

const maxTokenChars = 4096
const maxNameChars = 80
const maxCapabilities = 32
/** Of one frame. More channels than a connection hears. */
const maxPositions = 2000

/**
 * Reads a frame, or refuses with `parameters`. One that is no JSON object, has no type, or wants an answer and has no `ref`
 * can't be answered; everything else about a request is its operation's to refuse.
 */
export function decodeFrame(text: string): InFrame {
  const frame = parse(text)
  const type = frame['type']
  if (type === 'ping') return { type }
  if (type === 'hello') return hello(frame)
  if (typeof type !== 'string' || type === '' || type.length > maxNameChars) throw wrong('type')
  const { type: _type, ref, ...input } = frame
  if (!Number.isSafeInteger(ref)) throw wrong('ref')
  return { type: 'request', name: type, ref: ref as number, input }
}

/** The positions of a `hello` or `resume`. Refuses with `parameters`. */
export function readPositions(value: unknown): Positions {
  if (value === undefined) return new Map()
  if (!isObject(value)) throw wrong('positions')
  const entries = Object.entries(value)
  if (entries.length > maxPositions) throw wrong('positions')
  return new Map(entries.map(([channelId, position]) => [channelId, readPosition(position)]))
}

function readPosition(value: unknown): Position {
  if (!Array.isArray(value) || value.length !== 2) throw wrong('positions')
  const [seq, epoch] = value as unknown[]
  if (!isCount(seq) || !isCount(epoch)) throw wrong('positions')
  return [seq, epoch]
}

function hello(frame: Record<string, unknown>): InFrame {
  const { version, capabilities = [] } = frame
  if (!isCount(version)) throw wrong('version')
  if (!Array.isArray(capabilities) || capabilities.length > maxCapabilities) throw wrong('capabilities')
  return {
    type: 'hello',
    version,
    appId: word(frame, 'app_id', maxNameChars),
    userId: word(frame, 'user_id', maxNameChars),
    token: word(frame, 'token', maxTokenChars),
    capabilities: capabilities.filter((one) => typeof one === 'string'),
    positions: readPositions(frame['positions']),
  }
}

function word(frame: Record<string, unknown>, field: string, maxChars: number): string {
  const value = frame[field]
  if (typeof value !== 'string' || value === '' || value.length > maxChars) throw wrong(field)
  return value
}

function parse(text: string): Record<string, unknown> {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    throw new Refusal('parameters', 'a frame is a JSON object')
  }
  if (!isObject(frame)) throw new Refusal('parameters', 'a frame is a JSON object')
  return frame
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(field: string): Refusal {
  return new Refusal('parameters', `${field}: is missing or wrong`, field)
}
