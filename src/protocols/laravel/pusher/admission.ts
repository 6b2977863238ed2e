import { ChatError } from '../../../core/errors.ts'
import type { ChannelKind } from '../../../wire/pusher/channel-name.ts'
import type { InFrame } from '../../../wire/pusher/in-frames.ts'
import { PusherError, SubscriptionError } from '../../../wire/pusher/pusher-error.ts'
import { isSubscriptionAuth, isUserAuth, type Credentials } from '../../../wire/pusher/signatures.ts'
import { memberOf, parseMember, type ChannelMember } from '../channel-member.ts'

export interface Asking {
  readonly credentials: Credentials
  readonly socketId: string
  /** Who has signed in on the connection. */
  readonly user: SignedIn | null
  readonly maxMemberBytes: number
}

/** A user as the application signed it. */
export interface SignedIn {
  readonly id: string
  readonly info: unknown
}

/**
 * Whether a connection may subscribe: who it will be in a presence channel, null for other kinds. Throws a
 * `SubscriptionError`.
 */
export function admit(
  frame: Extract<InFrame, { type: 'subscribe' }>,
  kind: ChannelKind,
  asking: Asking,
): ChannelMember | null {
  const { channel, auth, channelData } = frame
  const { credentials, socketId, user } = asking
  if (kind.userId !== null && kind.userId !== user?.id) {
    throw new SubscriptionError('AuthError', 401, 'This channel is for the connections that its user signed in on')
  }
  if (!kind.isPrivate) return null
  if (!isSubscriptionAuth(credentials, auth, { socketId, channel, channelData })) {
    throw new SubscriptionError('AuthError', 401, 'The connection is unauthorized: Invalid signature')
  }
  return kind.isPresence ? presented(channelData, asking) : null
}

function presented(channelData: string | null, { user, maxMemberBytes }: Asking): ChannelMember {
  try {
    if (channelData !== null) return parseMember(channelData, maxMemberBytes)
    if (user) return memberOf({ user_id: user.id, user_info: user.info ?? {} }, maxMemberBytes)
  } catch (error) {
    if (error instanceof ChatError) throw refused(error)
    throw error
  }
  throw new SubscriptionError('AuthError', 401, 'A presence channel needs channel_data, or a user who has signed in')
}

export function refused({ code, message }: ChatError): SubscriptionError {
  if (code === 'too_large') return new SubscriptionError('LimitReached', 413, message)
  return code === 'conflict'
    ? new SubscriptionError('LimitReached', 403, message)
    : new SubscriptionError('AuthError', 400, message)
}

/** Throws a `PusherError` that ends the connection. */
export function signIn(
  { auth, userData }: Extract<InFrame, { type: 'signin' }>,
  { credentials, socketId, maxBytes }: { credentials: Credentials; socketId: string; maxBytes: number },
): SignedIn {
  if (!isUserAuth(credentials, auth, socketId, userData)) throw unauthorized('Invalid signature')
  if (Buffer.byteLength(userData) > maxBytes) throw unauthorized(`user_data has more than ${maxBytes} bytes`)
  let user: unknown
  try {
    user = JSON.parse(userData)
  } catch {
    throw unauthorized('user_data is not JSON')
  }
  if (typeof user !== 'object' || user === null) throw unauthorized('user_data is not an object')
  const { id, user_info: info } = user as Readonly<Record<string, unknown>>
  if (typeof id !== 'string' || id === '' || id.length > 128) throw unauthorized('user_data needs an id')
  return { id, info }
}

function unauthorized(why: string): PusherError {
  return new PusherError(4009, `Connection not authorized: ${why}`)
}
