import { createRequire } from 'node:module'
import { Client, type IFrame } from '@stomp/stompjs'
import { Stomp, type Stomp2Client } from './stompjs2.ts'

/** The client libraries, each behind the few verbs that a conversation needs. */

export interface HeardMessage {
  /** As the MESSAGE frame has it. */
  readonly destination: string
  readonly contentType: string
  readonly body: string
}

export interface StompWire {
  /** Returns how to stop. */
  subscribe(destination: string, hear: (message: HeardMessage) => void): () => void
  send(destination: string, body: string): void
  /** Says good-bye. */
  disconnect(): Promise<void>
}

export interface Place {
  /** `http://…/ws` */
  readonly sockjsUrl: string
  /** `ws://…/ws/websocket` */
  readonly websocketUrl: string
}

/** Resolves when connected; rejects with the `message` of an ERROR frame. */
export type StompDial = (place: Place, headers: Record<string, string>) => Promise<StompWire>

const require = createRequire(import.meta.url)
type SockJsOptions = { readonly transports: string }
const SockJS = require('sockjs-client') as new (url: string, protocols: null, options: SockJsOptions) => WebSocket

// What sockjs-client has in Node: the iframe, htmlfile and JSONP transports need a document.
const transports = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling'] as const

function stompjs2(transport: string): StompDial {
  return ({ sockjsUrl }, headers) => {
    const client = Stomp.over(new SockJS(sockjsUrl, null, { transports: transport }))
    client.debug = null
    return new Promise((resolve, reject) => {
      const refused = (error: unknown) => reject(new Error(typeof error === 'string' ? error : messageOf(error)))
      client.connect(headers, () => resolve(stomp2Wire(client)), refused)
    })
  }
}

function stomp2Wire(client: Stomp2Client): StompWire {
  return {
    subscribe: (destination, hear) => {
      const { unsubscribe } = client.subscribe(destination, (frame) => hear(heard(frame)))
      return unsubscribe
    },
    send: (destination, body) => client.send(destination, {}, body),
    disconnect: () => new Promise((resolve) => client.disconnect(resolve)),
  }
}

function stompjs7(socket: (place: Place) => WebSocket): StompDial {
  return (place, connectHeaders) => {
    const client = new Client({ webSocketFactory: () => socket(place), connectHeaders, reconnectDelay: 0 })
    return new Promise((resolve, reject) => {
      client.onConnect = () => resolve(stomp7Wire(client))
      client.onStompError = (frame) => reject(new Error(messageOf(frame)))
      client.onWebSocketClose = () => reject(new Error('the connection was lost'))
      client.activate()
    })
  }
}

function stomp7Wire(client: Client): StompWire {
  return {
    subscribe: (destination, hear) => {
      const { unsubscribe } = client.subscribe(destination, (frame) => hear(heard(frame)))
      return unsubscribe
    },
    send: (destination, body) => client.publish({ destination, body }),
    disconnect: () => client.deactivate(),
  }
}

function heard({ headers, body }: Pick<IFrame, 'headers' | 'body'>): HeardMessage {
  return { destination: headers['destination'] ?? '', contentType: headers['content-type'] ?? '', body }
}

function messageOf(frame: unknown): string {
  return String((frame as Partial<IFrame>).headers?.['message'] ?? frame)
}

const overSockJs = (transport: string) => (place: Place) => new SockJS(place.sockjsUrl, null, { transports: transport })

/** By what a test is called. */
export const dials: Readonly<Record<string, StompDial>> = {
  ...Object.fromEntries(transports.map((name) => [`stompjs 2.3.3 over SockJS ${name}`, stompjs2(name)])),
  ...Object.fromEntries(transports.map((name) => [`@stomp/stompjs 7 over SockJS ${name}`, stompjs7(overSockJs(name))])),
  '@stomp/stompjs 7 on a WebSocket': stompjs7(
    ({ websocketUrl }) => new WebSocket(websocketUrl, ['v12.stomp', 'v11.stomp']),
  ),
}
