import type { StompVersion } from './escape.ts'
import type { StompFrame } from './frame.ts'
import { StompError } from './stomp-error.ts'

/** A header that the frame cannot do without. */
export function required(frame: StompFrame, name: string): string {
  const value = frame.headers.get(name)
  if (!value) throw new StompError(`${frame.command} without ${name}`)
  return value
}

/** ACK and NACK name a message: 1.0 by message-id, 1.1 with its subscription, 1.2 by the id in the MESSAGE's ack header. */
export function checkAcknowledgement(frame: StompFrame, version: StompVersion): void {
  if (version === '1.0' && frame.command === 'NACK') throw new StompError('NACK is not in STOMP 1.0')
  required(frame, version === '1.2' ? 'id' : 'message-id')
  if (version === '1.1') required(frame, 'subscription')
}
