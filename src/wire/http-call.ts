import { lookup as resolve } from 'node:dns'
import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'

export interface HttpCall {
  readonly method: 'GET' | 'POST'
  /** `http:` or `https:`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** From the first packet to the last byte of the answer. */
  readonly timeoutMs: number
  /** Of the answer's body. A longer one is a failure. Null: the status is the answer, whatever follows it. */
  readonly maxBytes: number | null
  /**
   * The address came with a request, not from the configuration: addresses of this machine and of private networks are
   * refused, after the name is resolved and for the very address that is dialled.
   */
  readonly publicOnly: boolean
}

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 32, maxFreeSockets: 8 })
const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 32, maxFreeSockets: 8 })

/** Calls another server. Rejects when there is no whole answer in time. Redirects are answers: none is followed. */
export function httpCall(call: HttpCall): Promise<HttpAnswer> {
  const url = URL.parse(call.url)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return Promise.reject(new Error('not an http:// or https:// address'))
  }
  // A name is looked at when it is resolved, an address that stands in the URL never is.
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (call.publicOnly && isIP(literal) && !isPublicAddress(literal)) return Promise.reject(notPublic())
  const secure = url.protocol === 'https:'
  const body = call.body === undefined ? null : Buffer.from(call.body)
  const options: RequestOptions = {
    method: call.method,
    headers: { ...call.headers, ...(body && { 'Content-Length': String(body.length) }) },
    agent: secure ? httpsAgent : httpAgent,
    signal: AbortSignal.timeout(call.timeoutMs),
    // A pooled connection was perhaps dialled for a call that may go anywhere.
    ...(call.publicOnly && { agent: false, lookup: publicLookup }),
  }
  return exchange(call, url, options, body).catch((error: unknown) => {
    // A connection that was kept may be closed by the other end just when it is used again. A new one tells.
    if (error instanceof StaleConnection) return exchange(call, url, { ...options, agent: false }, body)
    throw error
  })
}

/** A kept connection ended before the other side answered anything. */
class StaleConnection extends Error {}

function exchange(call: HttpCall, url: URL, options: RequestOptions, body: Buffer | null): Promise<HttpAnswer> {
  const { protocol } = url
  return new Promise((answer, fail) => {
    const request = (protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
      const { maxBytes } = call
      if (maxBytes === null) {
        // Read on, so that the connection can be used again; the time limit ends what doesn't.
        response.on('error', () => {}).resume()
        return answer({ status: response.statusCode ?? 0, body: '' })
      }
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= maxBytes) return void chunks.push(chunk)
        fail(new Error(`the answer has more than ${maxBytes} bytes`))
        // Without the error: the socket may have its whole answer already, and nobody who listens.
        request.destroy()
      })
      response.on('error', fail)
      response.on('end', () => {
        if (response.complete) answer({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() })
        else fail(new Error('the answer broke off'))
      })
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      fail(isStale ? new StaleConnection(error.message, { cause: error }) : error)
    })
    request.end(body)
  })
}

/** False for addresses of this machine, of private and shared networks, of links, and for whatever is not unicast. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 0) return false
  const bare = address.split('%', 1)[0] ?? ''
  return family === 4 ? !closed4.check(bare, 'ipv4') : !closed6.check(bare, 'ipv6')
}

// Two lists: one would match IPv4 addresses with the subnet of the mapped ones.
const closed4 = new BlockList()
const closed6 = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  closed4.addSubnet(network, bits, 'ipv4')
}
// Those that hold an IPv4 address lead there: mapped, translated (NAT64) or tunnelled (6to4, Teredo).
for (const [network, bits] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const) {
  closed6.addSubnet(network, bits, 'ipv6')
}

/** Resolves as the system does, and refuses when one of the addresses is not public: it is what will be dialled. */
const publicLookup: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '')
    if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address)))
      return done(notPublic(), '')
    const [first] = addresses
    if (options.all) done(null, addresses)
    else done(null, first?.address ?? '', first?.family)
  })
}

function notPublic(): Error {
  return new Error('the address leads into a private network')
}
