import type { Close } from '../../core/errors.ts'
import { rawDialect, type Dialect } from '../websocket-line.ts'
import { websocketFraming } from '../websocket-frame.ts'
import { errorFrame } from './out-frames.ts'

/** A close with a code of the protocol's own; others get one that makes a client do the same. */
export interface PusherClose extends Close {
  readonly status: number
}

/** For a `PusherError` that closes. */
export function pusherClose(status: number, reason: string): PusherClose {
  const retry = status < 4100 ? 'never' : status < 4200 ? 'later' : 'now'
  return { code: 'policy', reason, retry, status }
}

const byRetry = { never: 4009, later: 4100, now: 4200 } as const

function statusOf(close: Close | PusherClose): number {
  if ('status' in close) return close.status
  return close.code === 'not_found' ? 4001 : byRetry[close.retry]
}

/** Text messages on a WebSocket. Before the close a client is told why, in a frame: not all of them can see the code. */
export const pusherDialect: Dialect = {
  ...rawDialect(),
  goodbye: (close) => websocketFraming.frame(errorFrame({ code: statusOf(close), message: close.reason })),
  closeFrame: (close) => ({ code: statusOf(close), reason: close.reason }),
}
