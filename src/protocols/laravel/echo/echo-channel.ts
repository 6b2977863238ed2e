/** `public` needs nobody's word; for the others the application is asked. */
export type EchoChannelKind = 'public' | 'private' | 'presence'

const maxChars = 200

/** Null for what is no name of a channel. Laravel's Redis broadcaster knows no other rule, so neither colons nor letters of any script are refused. */
export function echoChannelKind(name: string): EchoChannelKind | null {
  if (name === '' || name.length > maxChars || /\p{Cc}/u.test(name) || !name.isWellFormed()) return null
  // Of the Pusher protocol: what is said there is for one user alone, who signs in on that wire.
  if (name.startsWith('#')) return null
  if (name.startsWith('private-')) return 'private'
  return name.startsWith('presence-') ? 'presence' : 'public'
}

/** What its members say there is encrypted by the application: a client can't. */
export function takesWhispers(name: string): boolean {
  return echoChannelKind(name) !== 'public' && !name.startsWith('private-encrypted-')
}
