import type { PusherError, SubscriptionError } from './pusher-error.ts'

/** What the server says. `data` of its events is JSON in a string; of errors and pings it is an object. */

export const pingFrame = '{"event":"pusher:ping","data":{}}'
export const pongFrame = '{"event":"pusher:pong","data":{}}'

export function establishedFrame(socketId: string, activityTimeoutMs: number): string {
  const data = { socket_id: socketId, activity_timeout: Math.ceil(activityTimeoutMs / 1000) }
  return frame('pusher:connection_established', null, JSON.stringify(data))
}

export function subscribedFrame(channel: string, data = '{}'): string {
  return frame('pusher_internal:subscription_succeeded', channel, data)
}

/** Somebody in a presence channel. */
export interface PresentMember {
  readonly id: string
  /** JSON. */
  readonly info: string
}

/** Written by hand: an id such as `__proto__` is a key like any other in JSON, but not in an object. */
export function presenceFrame(channel: string, members: Iterable<PresentMember>): string {
  const ids: string[] = []
  const hash: string[] = []
  for (const { id, info } of members) {
    const key = JSON.stringify(id)
    ids.push(key)
    hash.push(`${key}:${info}`)
  }
  return subscribedFrame(channel, `{"presence":{"ids":[${ids}],"hash":{${hash}},"count":${ids.length}}}`)
}

export function memberAddedFrame(channel: string, { id, info }: PresentMember): string {
  const data = `{"user_id":${JSON.stringify(id)},"user_info":${info}}`
  return frame('pusher_internal:member_added', channel, data)
}

export function memberRemovedFrame(channel: string, id: string): string {
  return frame('pusher_internal:member_removed', channel, JSON.stringify({ user_id: id }))
}

export function subscriptionErrorFrame(channel: string, { type, message, status }: SubscriptionError): string {
  const data = { type, error: message, status }
  return JSON.stringify({ event: 'pusher:subscription_error', channel, data })
}

/** An event of the application. `data` as it was published, which mostly is JSON. */
export function eventFrame(channel: string, name: string, data: string): string {
  return frame(name, channel, data)
}

/** What another client said: `data` is JSON and goes on as it came. `userId` on presence channels. */
export function whisperFrame(channel: string, name: string, data: string, userId: string | null): string {
  const user = userId === null ? '' : `,"user_id":${JSON.stringify(userId)}`
  return `{"event":${JSON.stringify(name)},"channel":${JSON.stringify(channel)},"data":${data}${user}}`
}

export function cacheMissFrame(channel: string): string {
  return frame('pusher:cache_miss', channel, '{}')
}

export function signedInFrame(userData: string): string {
  return frame('pusher:signin_success', null, JSON.stringify({ user_data: userData }))
}

export function errorFrame({ code, message }: Pick<PusherError, 'code' | 'message'>): string {
  return JSON.stringify({ event: 'pusher:error', data: { code, message } })
}

function frame(event: string, channel: string | null, data: string): string {
  const where = channel === null ? '' : `,"channel":${JSON.stringify(channel)}`
  return `{"event":${JSON.stringify(event)}${where},"data":${JSON.stringify(data)}}`
}
