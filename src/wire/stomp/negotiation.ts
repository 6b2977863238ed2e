import { stompVersions, type StompVersion } from './escape.ts'
import type { StompHeaders } from './frame.ts'
import { StompError } from './stomp-error.ts'

/** 1.2 "Protocol Negotiation": the highest in common; without the header, 1.0. */
export function negotiateVersion(headers: StompHeaders): StompVersion {
  const accepted = headers.get('accept-version')
  if (accepted === undefined) return '1.0'
  const offers = new Set(accepted.split(',').map((version) => version.trim()))
  const version = stompVersions.findLast((each) => offers.has(each))
  if (version) return version
  throw new StompError(
    'no supported protocol version in accept-version',
    new Map([
      ['version', stompVersions.join(',')],
      ['content-type', 'text/plain'],
    ]),
    `Supported protocol versions are ${stompVersions.join(' ')}`,
  )
}

/** 0 for never. */
export interface HeartBeat {
  readonly sendMs: number
  readonly receiveMs: number
}

/** 1.2 "Heart-beating": in each direction the slower of what one can and the other wants, or none. */
export function negotiateHeartBeat(headers: StompHeaders, version: StompVersion, offer: HeartBeat): HeartBeat {
  const asked = headers.get('heart-beat')
  if (asked === undefined || version === '1.0') return { sendMs: 0, receiveMs: 0 }
  const [, can, wants] = /^ *(\d{1,9}) *, *(\d{1,9}) *$/.exec(asked) ?? []
  if (can === undefined || wants === undefined) throw new StompError('heart-beat must be two numbers with a comma')
  return { sendMs: agreed(offer.sendMs, Number(wants)), receiveMs: agreed(offer.receiveMs, Number(can)) }
}

function agreed(oursMs: number, theirsMs: number): number {
  return oursMs === 0 || theirsMs === 0 ? 0 : Math.max(oursMs, theirsMs)
}

/** CONNECT's headers as its version reads them: 1.0 shows them padded, and only they tell that it is 1.0. */
export function connectHeaders(headers: StompHeaders, version: StompVersion): StompHeaders {
  if (version !== '1.0') return headers
  const trimmed = new Map<string, string>()
  for (const [name, value] of headers) if (!trimmed.has(name.trim())) trimmed.set(name.trim(), value.trim())
  return trimmed
}

/** The headers of CONNECTED that speak of the connection itself. */
export function connectedHeaders(
  version: StompVersion,
  beat: HeartBeat,
  session: string,
  server: string,
): Map<string, string> {
  const headers = new Map<string, string>([['version', version]])
  // For 1.1 also when there is none: stomp-websocket 2.3.3 throws without the header.
  if (version !== '1.0') headers.set('heart-beat', `${beat.sendMs},${beat.receiveMs}`)
  return headers.set('session', session).set('server', server)
}
