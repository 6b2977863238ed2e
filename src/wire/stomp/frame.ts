import { escapeHeader, type StompVersion } from './escape.ts'

export const clientCommands = [
  'CONNECT',
  'STOMP',
  'SEND',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'ACK',
  'NACK',
  'BEGIN',
  'COMMIT',
  'ABORT',
  'DISCONNECT',
] as const
export const serverCommands = ['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'] as const
export type StompCommand = (typeof clientCommands)[number] | (typeof serverCommands)[number]

/** Unescaped. A Map, so that `__proto__` is a name like any other. */
export type StompHeaders = ReadonlyMap<string, string>

export interface StompFrame {
  readonly command: StompCommand
  readonly headers: StompHeaders
  readonly body: string
}

/** 1.2 "Value Encoding": the frames that negotiate the version are never escaped. */
export function isEscaped(command: StompCommand): boolean {
  return command !== 'CONNECT' && command !== 'STOMP' && command !== 'CONNECTED'
}

/**
 * One frame as the text of one message. `content-length` is written here, in octets, and not taken from `headers`;
 * every other header is written in the order given.
 */
export function serialize(
  command: StompCommand,
  headers: Iterable<readonly [string, string]>,
  body: string,
  version: StompVersion,
): string {
  const rules = isEscaped(command) ? version : '1.0'
  let text: string = command
  for (const [name, value] of headers) {
    if (name === 'content-length') continue
    const key = escapeHeader(name, rules)
    text += `\n${rules === '1.0' ? key.replaceAll(':', ' ') : key}:${escapeHeader(value, rules)}`
  }
  // 1.2 "Body": only these may have one. The length is given for an empty body too, so that nobody looks for a NUL.
  const mayHaveBody = command === 'MESSAGE' || command === 'ERROR' || command === 'SEND'
  if (!mayHaveBody) return `${text}\n\n\0`
  return `${text}\ncontent-length:${Buffer.byteLength(body)}\n\n${body}\0`
}

export interface OutgoingMessage {
  readonly subscription: string
  readonly destination: string
  readonly messageId: string
  readonly contentType: string
  readonly body: string
  readonly version: StompVersion
  /** 1.2, for subscriptions that acknowledge: what the client's ACK will name. */
  readonly ack?: string
}

/** A MESSAGE frame: `serialize` without the general case, for broadcasts. */
export function messageFrame(message: OutgoingMessage): string {
  const { version, body } = message
  const ack = message.ack === undefined ? '' : `\nack:${escapeHeader(message.ack, version)}`
  return (
    `MESSAGE\nsubscription:${escapeHeader(message.subscription, version)}` +
    `\nmessage-id:${escapeHeader(message.messageId, version)}` +
    `\ndestination:${escapeHeader(message.destination, version)}` +
    `\ncontent-type:${escapeHeader(message.contentType, version)}${ack}` +
    `\ncontent-length:${Buffer.byteLength(body)}\n\n${body}\0`
  )
}
