import { SignJWT } from 'jose'

/** A token as the wires of an app take it, for the length of a run. */
export function signed(claims: Readonly<Record<string, unknown>>, secret: string): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime('12h')
    .sign(new TextEncoder().encode(secret))
}
