import type { User } from '../../../core/model.ts'
import type { Failure } from '../failures.ts'
import { userShape } from '../shapes.ts'
import type { Capability } from './channel-encoding.ts'
import type { Position } from './frames.ts'
import type { LiveLimits } from './house.ts'

export const pongFrame = '{"type":"pong"}'

export interface Welcome {
  readonly version: number
  readonly wanted: readonly Capability[]
  readonly live: LiveLimits
  readonly user: User
  /** Channels that begin there. */
  readonly positions: readonly (readonly [channelId: string, position: Position])[]
}

export function welcomeFrame({ version, wanted, live, user, positions }: Welcome): string {
  return JSON.stringify({
    type: 'welcome',
    version,
    capabilities: wanted,
    heartbeat_ms: live.heartbeatMs,
    user: userShape(user),
    // Not by assignment: a channel may be called `__proto__`.
    positions: Object.fromEntries(positions),
  })
}

/** `pending`: channels in which there is more, to be asked for. */
export function readyFrame(pending: readonly string[]): string {
  return JSON.stringify({ type: 'ready', pending })
}

export function replyFrame(ref: number, data: object | undefined): string {
  return JSON.stringify({ type: 'reply', ref, ok: true, ...(data && { data }) })
}

export function refusalFrame(ref: number, { code, name, message }: Failure): string {
  return JSON.stringify({ type: 'reply', ref, ok: false, error: { code, name, message } })
}

/** What was missed before `position` can't be told; null where nothing more comes. */
export function gapFrame(
  channelId: string,
  position: Position | null,
  reason: 'left' | 'too_many' | 'unknown',
): string {
  return JSON.stringify({ type: 'gap', channel_id: channelId, position, reason })
}
