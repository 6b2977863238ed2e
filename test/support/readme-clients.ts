import { createRequire } from 'node:module'
import { runInNewContext } from 'node:vm'
import { SignJWT } from 'jose'
import Echo from 'laravel-echo'
import PusherApi from 'pusher'
import PusherJs from 'pusher-js'
import { io, type Socket } from 'socket.io-client'
import { Client, type ClientOptions } from '@parlance/gitple-live-sdk'
import { WebSocket as WsWebSocket } from 'ws'
import { demoApp } from '../../src/demo.ts'
import { Stomp } from './stompjs2.ts'

const require = createRequire(import.meta.url)

/**
 * Runs a client's lines of the README as they stand, with what such a page has as globals. Each resolves when what the
 * lines send has come back to what they print with.
 */
export const clients: Readonly<Record<string, (code: string, url: string) => Promise<void>>> = {
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
  commu: async (code) => {
    const sockets: Socket[] = []
    const dial = (url: string, options: object): Socket => {
      const socket = io(url, options)
      sockets.push(socket)
      return socket
    }
    try {
      await printed(code, { fetch, io: dial }, (value) => {
        const { written, chatInfo } = value as { written?: boolean; chatInfo?: { content?: string } }
        return written === true && chatInfo?.content === '안녕하세요'
      })
    } finally {
      for (const socket of sockets) socket.disconnect()
    }
  },
  laravel: async (code) => {
    const sockets: WsWebSocket[] = []
    const PageWebSocket = function (url: string): WsWebSocket {
      const socket = new WsWebSocket(url)
      sockets.push(socket)
      return socket
    }
    const { jwtSecret } = demoApp.laravel
    const token = await new SignJWT({ id: 7, name: 'Ana', channel: 'chat:room1' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('12h')
      .sign(new TextEncoder().encode(jwtSecret))
    try {
      await printed(code, { token, WebSocket: PageWebSocket }, (value) => {
        const { type, data } = value as { type?: string; data?: { message?: string } }
        return type === 'message' && data?.message === '안녕하세요'
      })
    } finally {
      for (const socket of sockets) socket.close()
    }
  },
  echo: async (code, url) => {
    const { port } = new URL(url)
    const { id, key, secret } = demoApp.laravel
    const api = new PusherApi({ appId: id, key, secret, host: '127.0.0.1', port, useTLS: false })
    const echoes: Echo<'pusher'>[] = []
    const PageEcho = function (options: object): Echo<'pusher'> {
      const echo = new Echo({ ...options, broadcaster: 'pusher', key, Pusher: PusherJs as never })
      // The page is there: then the application ships.
      echo.connector.pusher.connection.bind('connected', () => {
        echo.channel('orders').subscribed(() => void api.trigger('orders', 'order.shipped', { number: 1 }))
      })
      echoes.push(echo)
      return echo
    }
    try {
      await printed(code.replace('wsPort: 8080', `wsPort: ${port}`), { Echo: PageEcho }, (value) => {
        return (value as { number?: number }).number === 1
      })
    } finally {
      for (const echo of echoes) echo.disconnect()
    }
  },
  gitplelive_sdk: async (code) => {
    const url = /url: '([^']+)'/.exec(code)?.[1] ?? ''
    // What the app's own server does.
    const keys = { APP_ID: 'demo', APP_API_KEY: 'demo-api-key' }
    const answer = await fetch(`${url}/v1/users/user_1/token`, { method: 'POST', headers: keys })
    const { token: session_token } = (await answer.json()) as { token: string }
    const clients: Client[] = []
    class PageClient extends Client {
      constructor(options: ClientOptions) {
        super(options)
        clients.push(this)
      }
    }
    try {
      const globals = { GitpleLive: { Client: PageClient }, session_token }
      await printed(code, globals, (value) => (value as { content?: string }).content === '안녕하세요')
    } finally {
      for (const client of clients) client.disconnectUser()
    }
  },
  gitplelive_rest: async (code) => {
    await printed(code, { fetch }, (value) => (value as { content?: string }).content === '안녕하세요')
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
