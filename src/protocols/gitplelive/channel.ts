import type { AppId, Meta, Room, UserId } from '../../core/model.ts'
import type { RoomDraft } from '../../core/ports.ts'
import type { Pairs } from './person.ts'

/** What is kept of a channel, in `room.meta`. */
export interface ChannelMeta {
  readonly profileUrl?: string
  readonly pairs?: Pairs
  /** Who was there when it was made. */
  readonly founders?: readonly UserId[]
}

const prefix = 'gitplelive:'

export function channelKey(channelId: string): string {
  return prefix + channelId
}

/** Null for a room of another wire. */
export function channelIdOf({ key }: Room): string | null {
  return key.startsWith(prefix) ? key.slice(prefix.length) : null
}

export function channelMeta({ meta }: { readonly meta: Meta }): ChannelMeta {
  return meta as ChannelMeta
}

/** A channel that nobody has yet. */
export function channelDraft(appId: AppId, { channelId, name, founders, meta }: ChannelDraft): RoomDraft {
  return {
    appId,
    key: channelKey(channelId),
    kind: 'group',
    name,
    state: 'active',
    // Nobody's: an owner could go on reading after it left.
    ownerId: null,
    members: founders.map((userId) => ({ userId, role: 'member' })),
    meta: { ...meta, founders } satisfies ChannelMeta,
  }
}

export interface ChannelDraft {
  readonly channelId: string
  readonly name: string
  readonly founders: readonly UserId[]
  readonly meta: Omit<ChannelMeta, 'founders'>
}
