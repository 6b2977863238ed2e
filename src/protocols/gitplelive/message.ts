import type { Message } from '../../core/model.ts'
import type { Pairs } from './person.ts'

/** What is kept with a message, in `message.meta`. */
export interface MessageMeta {
  readonly pairs?: Pairs
  /** With a file: its caption before the profanity filter masked some of it. */
  readonly origin?: string
}

/** What is kept of a message's file, as JSON in `message.detail`. */
export interface FileDetail {
  /** Of the file store. */
  readonly id: string
  /** A media type. */
  readonly type: string
  readonly name: string
  /** `/files/…` */
  readonly path: string
  /** In bytes. */
  readonly size: number
}

export function messageMeta({ meta }: Message): MessageMeta {
  return (meta ?? {}) as MessageMeta
}

/** Null for a message without a file, and for one that was deleted. */
export function fileOf({ type, detail }: Message): FileDetail | null {
  if (type !== 'file' || detail === '') return null
  try {
    return JSON.parse(detail) as FileDetail
  } catch {
    // Written on another wire, which keeps something else there.
    return null
  }
}

/** The words before the profanity filter masked some; undefined where it didn't. A text keeps them as its detail. */
export function originOf(message: Message): string | undefined {
  if (message.type !== 'text') return messageMeta(message).origin
  return message.detail === '' ? undefined : message.detail
}
