import { channelKind, maxChannelChars } from '../../../../wire/pusher/channel-name.ts'
import { isProtocolEvent, maxEventNameChars } from '../../../../wire/pusher/in-frames.ts'
import { ApiError } from './api-error.ts'

/** An event that an application publishes. */
export interface PublishedEvent {
  readonly name: string
  readonly data: string
  readonly channels: readonly string[]
  /** Whom to skip. */
  readonly socketId: string | null
  /** What the answer tells of the channels. */
  readonly info: ReadonlySet<Attribute>
}

export const attributes = ['user_count', 'subscription_count', 'cache'] as const
export type Attribute = (typeof attributes)[number]

export const maxBatchEvents = 10
const maxChannelsPerEvent = 100

type Fields = Readonly<Record<string, unknown>>

/** The body of `POST /events`. Throws an `ApiError`. */
export function readEvent(body: Fields, maxDataBytes: number): PublishedEvent {
  const { channels, channel } = body
  const names = channels === undefined ? [channel] : channels
  if (!Array.isArray(names) || names.length === 0) throw new ApiError(400, 'Missing required parameter: channels')
  if (names.length > maxChannelsPerEvent) {
    throw new ApiError(400, `Too many channels: an event goes to at most ${maxChannelsPerEvent}`)
  }
  const checked = names.map(channelName)
  // A data key for each channel: what is encrypted for one can't be read in another.
  if (checked.length > 1 && checked.some((name) => channelKind(name)?.isEncrypted)) {
    throw new ApiError(400, 'An event for an encrypted channel goes to that channel alone')
  }
  return { ...readWords(body, maxDataBytes), channels: [...new Set(checked)] }
}

/** The body of `POST /batch_events`. Throws an `ApiError`. */
export function readBatch({ batch }: Fields, maxDataBytes: number): readonly PublishedEvent[] {
  if (!Array.isArray(batch)) throw new ApiError(400, 'Missing required parameter: batch')
  if (batch.length > maxBatchEvents) {
    throw new ApiError(400, `Batch too large: ${batch.length} events, at most ${maxBatchEvents}`)
  }
  return batch.map((event: unknown) => {
    const fields = fieldsOf(event)
    return { ...readWords(fields, maxDataBytes), channels: [channelName(fields['channel'])] }
  })
}

/** The attributes that an `info` asks for; those that we don't know are left out. */
export function readInfo(info: unknown): ReadonlySet<Attribute> {
  if (info === undefined || info === null) return new Set()
  if (typeof info !== 'string') throw new ApiError(400, 'info must be a comma separated list of attributes')
  const wanted = info.split(',').map((name) => name.trim())
  return new Set(attributes.filter((name) => wanted.includes(name)))
}

export function fieldsOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new ApiError(400, 'The body must be a JSON object')
}

function readWords(
  { name, data, socket_id: socketId = null, info }: Fields,
  maxDataBytes: number,
): Omit<PublishedEvent, 'channels'> {
  if (typeof name !== 'string' || name === '') throw new ApiError(400, 'Missing required parameter: name')
  if (name.length > maxEventNameChars) {
    throw new ApiError(400, `Event name too long: at most ${maxEventNameChars} characters`)
  }
  if (isProtocolEvent(name)) {
    throw new ApiError(400, 'Event names that start with pusher: are reserved')
  }
  if (typeof data !== 'string') throw new ApiError(400, 'Missing required parameter: data, a string')
  if (Buffer.byteLength(data) > maxDataBytes) {
    throw new ApiError(413, `The data content of this event exceeds the allowed maximum (${maxDataBytes} bytes)`)
  }
  if (socketId !== null && (typeof socketId !== 'string' || !/^\d{1,20}\.\d{1,20}$/.test(socketId))) {
    throw new ApiError(400, 'Invalid socket id')
  }
  return { name, data, socketId, info: readInfo(info) }
}

function channelName(name: unknown): string {
  if (typeof name !== 'string' || name === '') throw new ApiError(400, 'Missing required parameter: channel')
  if (name.length > maxChannelChars)
    throw new ApiError(400, `Channel name too long: at most ${maxChannelChars} characters`)
  if (channelKind(name) === null) throw new ApiError(400, `Invalid channel name: ${JSON.stringify(name)}`)
  return name
}
