import { createRequire } from 'node:module'
import { runInNewContext } from 'node:vm'
import { WebSocket as WsWebSocket } from 'ws'
import { Stomp } from './stompjs2.ts'

const require = createRequire(import.meta.url)

/**
 * Runs a client's lines of the README as they stand, with what such a page has as globals. Each resolves when what the
 * lines send has come back to what they print with.
 */
export const clients: Readonly<Record<string, (code: string) => Promise<void>>> = {
  cstalk: async (code) => {
    const sockets: WebSocket[] = []
    const Official = require('sockjs-client') as new (url: string) => WebSocket
    const SockJS = function (url: string): WebSocket {
      const socket = new Official(url)
      sockets.push(socket)
      return socket
    }
    try {
      await printed(code, { SockJS, Stomp }, (value) => {
        const { eventName, data } = value as { eventName?: string; data?: { message?: { message?: string } } }
        return eventName === 'MESSAGE' && data?.message?.message === '안녕하세요'
      })
    } finally {
      for (const socket of sockets) socket.close()
    }
  },
  pintalk: async (code) => {
    const sockets: WsWebSocket[] = []
    // What a browser adds by itself in a page of the demo host's website.
    const PageWebSocket = function (url: string): WsWebSocket {
      const socket = new WsWebSocket(url, { origin: 'http://localhost:8080' })
      sockets.push(socket)
      return socket
    }
    try {
      await printed(code, { fetch, WebSocket: PageWebSocket }, (value) => {
        const { type, message } = value as { type?: string; message?: string }
        return type === 'chat_message' && message === '안녕하세요'
      })
    } finally {
      for (const socket of sockets) socket.close()
    }
  },
}

/** Runs code until it prints something that is wanted; a test's own time limit ends the waiting. */
async function printed(
  code: string,
  globals: Readonly<Record<string, unknown>>,
  wanted: (value: unknown) => boolean,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const console = {
    log: (value: unknown) => {
      if (wanted(value)) resolve()
    },
  }
  const failed = runInNewContext(`(async () => {\n${code}\n})()`, { ...globals, console }) as Promise<void>
  await Promise.race([promise, failed.then(() => promise)])
}
