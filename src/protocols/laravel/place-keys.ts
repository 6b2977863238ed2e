import type { AppId } from '../../core/model.ts'

/** Somebody's place in a channel, or the channel itself. */
export interface Place {
  readonly appId: AppId
  readonly channel: string
  /** Null for the channel itself. */
  readonly person: string | null
}

/** How nodes name a place to each other. Channels and people may be called anything, so the channel's length says where it ends. */
export function placeKey(appId: AppId, channel: string, person = ''): string {
  return `${appId} ${channel.length} ${channel}${person}`.toWellFormed()
}

/** Null for what is no such name. */
export function placeOf(key: string): Place | null {
  const found = /^(\S+) (\d{1,4}) /.exec(key)
  const [all = '', appId = '', length = ''] = found ?? []
  const rest = key.slice(all.length)
  const channel = rest.slice(0, Number(length))
  if (!found || channel === '') return null
  return { appId: appId as AppId, channel, person: rest.slice(channel.length) || null }
}
