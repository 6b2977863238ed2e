import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** In lower case. On a request that one node passes on to another: who it is, for whom, and a proof of both. */
export const sealHeader = 'x-parlance-forwarded'

/** What a node says of a request that it passes on. */
export interface Sealed {
  readonly nodeId: string
  /** The client's. */
  readonly address: string
}

export function newSealKey(): string {
  return randomBytes(32).toString('base64url')
}

/** With the key of the node that it goes to. It is good for this method and address alone, and until that node restarts. */
export function sealOf(key: string, request: IncomingMessage, { nodeId, address }: Sealed): string {
  return `${macOf(key, request, nodeId, address)} ${nodeId} ${address}`
}

/** Null for a seal that no node made, or one for another node. */
export function brokenSeal(key: string, request: IncomingMessage, seal: string): Sealed | null {
  const [claimed = '', nodeId = '', address = ''] = seal.split(' ', 3)
  const mac = Buffer.from(macOf(key, request, nodeId, address))
  const bytes = Buffer.from(claimed)
  return mac.length === bytes.length && timingSafeEqual(mac, bytes) ? { nodeId, address } : null
}

function macOf(key: string, { method, url }: IncomingMessage, nodeId: string, address: string): string {
  return createHmac('sha256', key).update(`${method}\n${url}\n${nodeId}\n${address}`).digest('base64url')
}
