import { createRequire } from 'node:module'
import { Client as StompClient, type IMessage } from '@stomp/stompjs'
import type { Ended, Journal, Line, Room } from '../journal.ts'
import { Question } from './question.ts'
import type { Client, Speaker } from './speaker.ts'

const require = createRequire(import.meta.url)
const SockJS = require('sockjs-client') as new (url: string, protocols: null, options: object) => WebSocket

const heartbeatMs = 3000
/** How many messages it hears before it says that it has read them. */
const readsAtOnce = 5

export const deskTransports = ['WebSocket', 'websocket', 'xhr-streaming', 'xhr-polling'] as const

export interface DeskOptions {
  readonly journal: Journal
  readonly room: Room
  readonly name: string
  /** `http://…` */
  readonly url: string
  /** A WebSocket without SockJS, or one of SockJS's. */
  readonly transport: (typeof deskTransports)[number]
  readonly headers: Record<string, string>
  readonly roomId: number
}

interface DeskMessage {
  readonly id: number
  readonly message: string
}

/** A customer or an agent of the consultation desk, with stompjs. */
export class DeskClient implements Speaker, Client {
  readonly room: Room
  readonly name: string
  readonly #journal: Journal
  readonly #roomId: number
  readonly #client: StompClient
  readonly #question = new Question()
  #line: Line | null = null
  #unread = 0

  constructor({ journal, room, name, url, transport, headers, roomId }: DeskOptions) {
    this.room = room
    this.name = name
    this.#journal = journal
    this.#roomId = roomId
    this.#client = new StompClient({
      webSocketFactory: () =>
        transport === 'WebSocket'
          ? new WebSocket(`${url.replace('http', 'ws')}/ws/websocket`, ['v12.stomp'])
          : new SockJS(`${url}/ws`, null, { transports: transport, timeout: heartbeatMs }),
      connectHeaders: headers,
      reconnectDelay: 300,
      connectionTimeout: 5000,
      heartbeatIncoming: heartbeatMs,
      heartbeatOutgoing: heartbeatMs,
      discardWebsocketOnCommFailure: true,
      onConnect: () => this.#enter(),
      onWebSocketClose: () => this.#lose('the connection was lost'),
    })
    this.#client.activate()
  }

  get isReady(): boolean {
    return this.#client.connected && typeof this.#line?.readyAt === 'number'
  }

  say(text: string): Promise<Ended> {
    return this.#question.ask(() => {
      this.#client.watchForReceipt(text, () => this.#question.answer({ outcome: 'acked' }))
      this.#send('MESSAGE', { message: text, messageType: 0 }, { receipt: text })
    })
  }

  close(): void {
    void this.#client.deactivate({ force: true })
  }

  #enter(): void {
    this.#journal.close(this.#line)
    const line = this.#journal.open(this.room, this.name)
    this.#line = line
    this.#unread = 0
    this.#client.subscribe('/user/session/message', (frame) => this.#hearPrivately(line, frame))
    this.#client.subscribe(`/sub/socket/room/${this.#roomId}`, (frame) => this.#hear(line, frame))
  }

  #lose(why: string): void {
    this.#journal.close(this.#line)
    this.#line = null
    this.#question.answer({ outcome: 'unknown', why })
  }

  #hearPrivately(line: Line, frame: IMessage): void {
    const { eventName, data } = JSON.parse(frame.body) as { eventName: string; data: Record<string, unknown> }
    if (eventName === 'ERROR') this.#question.answer({ outcome: 'refused', why: String(data['reason']) })
    // The page that comes first; nobody asks for another.
    if (eventName !== 'MESSAGE_LIST') return
    for (const { id, message } of data['messages'] as DeskMessage[]) this.#journal.hear(line, message, id, true)
    this.#journal.ready(line)
  }

  #hear(line: Line, frame: IMessage): void {
    const { eventName, data } = JSON.parse(frame.body) as { eventName: string; data: Record<string, unknown> }
    if (eventName === 'READ_MESSAGE') this.#journal.mark(line, String(data['speakerId']), Number(data['endId']))
    if (eventName !== 'MESSAGE') return
    const { id, message } = data['message'] as DeskMessage
    this.#journal.hear(line, message, id)
    if (++this.#unread < readsAtOnce) return
    this.#send('READ_MESSAGE', { startId: id - this.#unread + 1, endId: id })
    this.#unread = 0
  }

  #send(eventName: string, data: object, headers: Record<string, string> = {}): void {
    if (!this.#client.connected) return
    this.#client.publish({ destination: '/pub/socket/message', body: JSON.stringify({ eventName, data }), headers })
  }
}
