import type { Close } from '../../core/errors.ts'
import { opcodes, websocketCloseFrame, websocketFrame, type CloseFrame } from '../websocket-frame.ts'
import type { Dialect } from '../websocket-line.ts'
import { closeFrame, decodeWebsocketMessages, heartbeatFrame, openFrame, sockjsWebsocketFraming } from './framing.ts'

/** SockJS says 3000 for an ordinary goodbye; the rest is as on a WebSocket. */
export function sockjsCloseFrame(close: Close): CloseFrame {
  return close.code === 'gone' ? { code: 3000, reason: close.reason } : websocketCloseFrame(close)
}

/** SockJS frames on a WebSocket. `say` gives what the client's close event holds; the WebSocket itself ends with 1000. */
export function sockjsDialect(say: (close: Close) => CloseFrame = sockjsCloseFrame): Dialect {
  return {
    framing: sockjsWebsocketFraming,
    greeting: websocketFrame(opcodes.text, openFrame),
    heartbeat: websocketFrame(opcodes.text, heartbeatFrame),
    decode: (text, line) => {
      // Clients may send nothing, as their heart-beat.
      if (text === '') return true
      const messages = decodeWebsocketMessages(text)
      if (messages === null) return false
      for (const message of messages) line.deliver(message)
      return true
    },
    goodbye: (close) => {
      const { code, reason } = say(close)
      return websocketFrame(opcodes.text, closeFrame(code, reason))
    },
    closeFrame: (close) => ({ code: 1000, reason: say(close).reason }),
  }
}
