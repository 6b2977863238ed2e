import { createHmac, timingSafeEqual } from 'node:crypto'

/** What an application and its server have in common. The key is public, the secret is not. */
export interface Credentials {
  readonly key: string
  readonly secret: string
}

/** HMAC-SHA256 in hexadecimal. */
export function sign(secret: string, text: string | Uint8Array): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}

/** Takes as long for a signature that is wrong at its end as for one that is wrong at its beginning. */
export function isSignature(secret: string, text: string | Uint8Array, signature: string): boolean {
  const expected = Buffer.from(sign(secret, text))
  const given = Buffer.from(signature)
  return expected.length === given.length && timingSafeEqual(expected, given)
}

/** Of a subscription: whenever there is channel data, it is signed too, also on channels that don't need any. */
export function isSubscriptionAuth(
  credentials: Credentials,
  auth: string,
  { socketId, channel, channelData }: { socketId: string; channel: string; channelData: string | null },
): boolean {
  const text = channelData === null ? `${socketId}:${channel}` : `${socketId}:${channel}:${channelData}`
  return isAuth(credentials, auth, text)
}

export function isUserAuth(credentials: Credentials, auth: string, socketId: string, userData: string): boolean {
  return isAuth(credentials, auth, `${socketId}::user::${userData}`)
}

/** `{key}:{signature}` */
function isAuth({ key, secret }: Credentials, auth: string, text: string): boolean {
  return auth.startsWith(`${key}:`) && isSignature(secret, text, auth.slice(key.length + 1))
}
