/** Where a WebSocket wants to go. */
export type Destination =
  | { readonly kind: 'room'; readonly name: string; readonly token: string | null }
  | { readonly kind: 'status'; readonly uuid: string; readonly token: string | null }

const room = /^\/ws\/chat\/([-\w]{1,64})\/?$/
// The seed's and the later one.
const status = /^\/ws\/(?:chat\/([-\w]{1,64})\/status|status\/([-\w]{1,64}))\/?$/

/** Null for a path that is not of this protocol. */
export function parseDestination(url: string): Destination | null {
  const [path = '', query = ''] = url.split('?', 2)
  const name = room.exec(path)?.[1]
  const found = status.exec(path)
  const uuid = found?.[1] ?? found?.[2]
  if (name === undefined && uuid === undefined) return null
  // An older README told clients to write slashes for the token's dots.
  const token = new URLSearchParams(query).get('token')?.replaceAll('/', '.') ?? null
  return name === undefined ? { kind: 'status', uuid: uuid ?? '', token } : { kind: 'room', name, token }
}
