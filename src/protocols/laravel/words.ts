import type { Delivery } from '../../core/event.ts'
import type { Message, Meta } from '../../core/model.ts'
import type { Encoding, Framing } from '../../core/ports.ts'
import type { ChannelKind } from './settings.ts'

/**
 * The words of the JWT socket: what stands in `data`, and the frames. A message that is kept has `data.message` as its
 * body, so that other wires and a search can read it, and the rest of `data` as JSON in its detail.
 */

/** Who speaks, as it stands in a frame. */
export interface Speaker {
  readonly name: string
  readonly id: number
}

export const system: Speaker = { name: 'System', id: 0 }

/** What a protocol of ours keeps with a message. */
interface Kept extends Meta {
  /** The sender's number in Laravel. */
  readonly id: number
  /** Only for this user, and its sender. */
  readonly to?: number
  /** The detail is all of `data`: its `message` is no text. */
  readonly whole?: true
}

/** What is to be said in a channel. */
export interface Words {
  readonly speaker: Speaker
  /** One JSON object as text. */
  readonly data: string
  /** `data.message`, where that is a text. */
  readonly text: string | null
  /** `data` without it. */
  readonly rest: string
  /** Whom it is for; null for everybody. */
  readonly to: number | null
}

/** Picks what the channel's kind lets through. Null where it is for somebody whom no user's number can equal: nobody hears it. */
export function wordsOf(speaker: Speaker, data: Readonly<Record<string, unknown>>, kind: ChannelKind): Words | null {
  const target = Object.hasOwn(data, 'target_user_id') ? data['target_user_id'] : null
  // As the original: anything falsy is no target, and a text that looks like the number is not the number.
  if (target && typeof target !== 'number') return null
  const to = target ? (target as number) : null
  const picked = kind.data === null ? without(data, 'target_user_id') : pick(data, kind.data)
  const message = picked['message']
  const text = typeof message === 'string' ? message : null
  const json = JSON.stringify(picked)
  return { speaker, data: json, text, rest: text === null ? json : JSON.stringify(without(picked, 'message')), to }
}

/** How words are kept. */
export function draftOf({ speaker, text, rest, to }: Words) {
  const meta: Kept = { id: speaker.id, ...(to !== null && { to }), ...(text === null && { whole: true as const }) }
  // What is for one alone is a note that no list of rooms previews and no customer of another wire is shown.
  return { type: 'text', body: text ?? '', detail: rest, meta, audience: to === null ? 'all' : 'staff' } as const
}

/** Whom a kept message is for; null for everybody in the channel, undefined for what this wire doesn't show. */
export function targetOf({ meta, audience }: Message): number | null | undefined {
  if (audience === 'all') return null
  const to = meta?.['to']
  return typeof to === 'number' ? to : undefined
}

export function speakerOf({ sender, meta }: Message): Speaker {
  const id = meta?.['id']
  if (typeof id === 'number') return sender ? { name: sender.name, id } : system
  // From another wire: the number must be nobody's in Laravel, or a page would take the words for its own user's.
  return sender ? { name: sender.name, id: -Number(sender.id) } : system
}

/** `data` of a kept message, as JSON text. */
export function dataOf({ sender, body, detail, meta }: Message): string {
  const message = `{"message":${JSON.stringify(body)}`
  if (typeof meta?.['id'] !== 'number') return `${message},"name":${JSON.stringify(sender?.name ?? system.name)}}`
  if (meta['whole'] === true) return detail
  return detail === '{}' ? `${message}}` : `${message},${detail.slice(1)}`
}

/** The clients of the original rely on the order of the keys. */
export function frame(type: string, { name, id }: Speaker, data: string): string {
  return `{"type":${JSON.stringify(type)},"sender":{"name":${JSON.stringify(name)},"id":${id}},"data":${data}}`
}

export const sendedFrame = JSON.stringify({ type: 'sended', ok: true })

export function errorFrame(message: string): string {
  return JSON.stringify({ type: 'error', ok: false, message })
}

export function connectedFrame(users: readonly Speaker[]): string {
  return JSON.stringify({ type: 'connected', users: users.map(({ name, id }) => ({ id, name })) })
}

/** What a broadcast of a channel that keeps nothing carries besides `data`. */
export function broadcastMeta({ speaker, to }: Pick<Words, 'speaker' | 'to'>): Meta {
  return { id: speaker.id, name: speaker.name, ...(to !== null && { to }) }
}

/** Whom a delivery is for: one user, everybody (null), or nobody on this wire (undefined). */
export function audienceOf({ event }: Delivery): number | null | undefined {
  if (event.type === 'message_posted') return targetOf(event.message)
  if (event.type !== 'broadcast') return undefined
  const to = event.meta?.['to']
  return typeof to === 'number' ? to : null
}

/** The frame of a delivery, whomever it is for; null for what this wire doesn't say. */
export function frameOf({ event }: Delivery): string | null {
  if (event.type === 'message_posted') return frame('message', speakerOf(event.message), dataOf(event.message))
  if (event.type !== 'broadcast') return null
  const { id, name } = event.meta ?? {}
  const speaker = typeof id === 'number' && typeof name === 'string' ? { id, name } : system
  return frame(event.name, speaker, event.data)
}

/** What everybody in a channel hears. */
export class ChannelEncoding implements Encoding {
  readonly key: string
  readonly #framing: Framing

  constructor(framing: Framing) {
    this.key = `laravel socket ${framing.name}`
    this.#framing = framing
  }

  encode(delivery: Delivery): Uint8Array | null {
    if (audienceOf(delivery) !== null) return null
    const text = frameOf(delivery)
    return text === null ? null : this.#framing.frame(text)
  }
}

function pick(data: Readonly<Record<string, unknown>>, fields: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const field of fields) if (Object.hasOwn(data, field)) picked[field] = data[field]
  return picked
}

function without(data: Readonly<Record<string, unknown>>, field: string): Record<string, unknown> {
  return pick(
    data,
    Object.keys(data).filter((name) => name !== field),
  )
}
