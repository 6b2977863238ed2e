import type { Close } from '../../../core/errors.ts'
import { websocketCloseFrame, type CloseFrame } from '../../../wire/websocket-frame.ts'

/** The registered codes, and 4401 for a token that is not good: browsers can't see why an upgrade was refused. */
export function closeFrame(close: Close): CloseFrame {
  if (close.code === 'unauthorized') return { code: 4401, reason: close.reason }
  return websocketCloseFrame(close)
}

export const flood: Close = { code: 'flood', reason: 'too many frames, slow down', retry: 'later' }
export const channelGone: Close = { code: 'gone', reason: 'the channel was removed', retry: 'now' }

export function unauthorized(reason: string): Close {
  return { code: 'unauthorized', reason, retry: 'never' }
}
