/** What a channel's name says about it. */
export interface ChannelKind {
  /** Subscribing needs a signature. */
  readonly isPrivate: boolean
  readonly isPresence: boolean
  /** What is said in it can be read by its members alone, so that clients may not write into it. */
  readonly isEncrypted: boolean
  /** Keeps its last event for those who come later. */
  readonly isCache: boolean
  /** The user whose own channel it is. */
  readonly userId: string | null
}

export const maxChannelChars = 200
const form = /^[-a-zA-Z0-9_=@,.;]+$/
const usersPrefix = '#server-to-user-'
// The longer ones first: each is the beginning of the next.
const prefix =
  /^(?:private-encrypted-cache-|private-encrypted-|private-cache-|private-|presence-cache-|presence-|cache-)/

const kinds = new Map<string, ChannelKind>(
  [
    '',
    'cache-',
    'private-',
    'private-cache-',
    'private-encrypted-',
    'private-encrypted-cache-',
    'presence-',
    'presence-cache-',
  ].map((start) => {
    const isPresence = start.startsWith('presence-')
    const isPrivate = isPresence || start.startsWith('private-')
    const isCache = start.endsWith('cache-')
    return [start, { isPrivate, isPresence, isEncrypted: start.includes('encrypted-'), isCache, userId: null }]
  }),
)

/** Null for what is no name of a channel. */
export function channelKind(name: string): ChannelKind | null {
  if (name.length === 0 || name.length > maxChannelChars) return null
  if (name.startsWith(usersPrefix)) {
    const userId = name.slice(usersPrefix.length)
    if (userId === '') return null
    return { isPrivate: false, isPresence: false, isEncrypted: false, isCache: false, userId }
  }
  if (!form.test(name)) return null
  return kinds.get(prefix.exec(name)?.[0] ?? '') ?? null
}

/** Where a user hears what is meant for that user alone, on every connection that is signed in. */
export function userChannel(userId: string): string {
  return usersPrefix + userId
}
