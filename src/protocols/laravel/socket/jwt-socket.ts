import { randomUUID } from 'node:crypto'
import { ChatError, type Close } from '../../../core/errors.ts'
import type { Subscription } from '../../../core/hub.ts'
import type { RoomId } from '../../../core/model.ts'
import type { Framing, Line, LineHandler } from '../../../core/ports.ts'
import type { Session } from '../../../core/session.ts'
import { Callbacks, callbackPurpose } from '../callbacks.ts'
import { kindOf, socketName, socketTopic } from '../channel-names.ts'
import type { LaravelShared } from '../laravel-shared.ts'
import type { ChannelKind } from '../settings.ts'
import {
  broadcastMeta,
  ChannelEncoding,
  connectedFrame,
  draftOf,
  errorFrame,
  sendedFrame,
  wordsOf,
  type Speaker,
  type Words,
} from '../words.ts'
import type { Bearer } from './claims.ts'
import { channelGone, flood } from './closes.ts'
import { decodeFrame } from './frames.ts'
import { HeldBack } from './held-back.ts'
import type { Occupant } from './open-channels.ts'

/** Frames whose outcome is not known yet. More come only from one that doesn't wait for `sended` and a store that is stuck. */
const maxUnderWay = 256

export interface JwtSocketOptions {
  readonly shared: LaravelShared
  readonly line: Line
  readonly bearer: Bearer
  /** The channel's room; null in one that keeps nothing. */
  readonly roomId: RoomId | null
}

/**
 * A connection, in the one channel that its token names: `{"data":{…}}` in, `sended` and then the broadcast out, the
 * sender's own included. It is a line of its own for the hub, because a sender's `sended` comes before its message: what
 * the channel says meanwhile is held back.
 */
export class JwtSocket implements LineHandler, Occupant {
  readonly speaker: Speaker
  readonly #shared: LaravelShared
  readonly #line: Line
  readonly #bearer: Bearer
  readonly #kind: ChannelKind
  readonly #roomId: RoomId | null
  readonly #subscriptions: Subscription[] = []
  readonly #held: HeldBack
  /** Its user is known from the first message on. */
  readonly #session: Session
  #entering: Promise<void> | null = null

  constructor({ shared, line, bearer, roomId }: JwtSocketOptions) {
    const { app, claims } = bearer
    this.#shared = shared
    this.#line = line
    this.#bearer = bearer
    this.#roomId = roomId
    this.#kind = kindOf(app, claims.channel)
    this.#session = { app: app.app, user: null, origin: line.id }
    this.#held = new HeldBack(line, shared.maxHeldBytes)
    this.speaker = { name: claims.name, id: claims.id }
    const encoding = new ChannelEncoding(line.framing)
    const isNew = shared.channels.enter(app.app.id, claims.channel, this, this.#kind.presence)
    // Before it hears the channel: whoever comes now is either in the list or told of.
    if (this.#kind.presence) this.#say(connectedFrame(shared.channels.users(app.app.id, claims.channel)))
    this.#subscriptions.push(shared.hub.subscribe(socketTopic(app.app.id, claims.channel), encoding, this))
    if (roomId !== null) this.#subscriptions.push(shared.hub.subscribe(roomId, encoding, this))
    if (isNew && this.#kind.presence) shared.channels.welcome(app.app.id, claims.channel, this.speaker)
  }

  get id(): string {
    return this.#line.id
  }

  get framing(): Framing {
    return this.#line.framing
  }

  get address(): string {
    return this.#line.address
  }

  get origin(): string | null {
    return this.#line.origin
  }

  push(bytes: Uint8Array): void {
    this.#held.push(bytes)
  }

  close(close: Close): void {
    this.#line.close(close)
  }

  removed(): void {
    this.#line.close(channelGone)
  }

  message(text: string): void {
    const { limits } = this.#shared
    if (!limits.frames.take(this.#line.id)) return this.#line.close(flood)
    if (this.#held.underWay >= maxUnderWay) return this.#line.close(flood)
    try {
      const data = decodeFrame(text)
      if (data === null) return
      if (this.#kind.send !== 'clients') {
        throw new ChatError('forbidden', 'only the application sends in this channel')
      }
      this.#send(wordsOf(this.speaker, data, this.#kind))
    } catch (error) {
      this.#answer(this.#refusal(error))
    }
  }

  closed(): void {
    const { hub, channels, sessions } = this.#shared
    const { app, claims } = this.#bearer
    for (const subscription of this.#subscriptions) hub.unsubscribe(subscription)
    this.#held.stop()
    sessions.remove(this.#session)
    channels.leave(app.app.id, claims.channel, this, this.#kind.presence)
  }

  #send(words: Words | null): void {
    const { app } = this.#bearer
    // For nobody: it went well all the same.
    if (words === null) return this.#answer(sendedFrame)
    if (this.#roomId === null && app.settings.callbackUrl === null) {
      this.#shared.limits.words.demand(`${app.app.id}:${this.speaker.id}`, 'too many messages, slow down')
      this.#say(sendedFrame)
      return this.#broadcast(words)
    }
    const turn = this.#held.begin()
    const sent = this.#roomId === null ? this.#sendOn(words) : this.#post(this.#roomId, words)
    sent.then(
      () => this.#held.end(turn, this.framing.frame(sendedFrame)),
      (error: unknown) => this.#held.end(turn, this.framing.frame(this.#refusal(error))),
    )
  }

  /** Keeps it. Without a pause where the user is known: what comes in turn stays in turn. */
  async #post(roomId: RoomId, words: Words): Promise<void> {
    if (this.#session.user === null) await (this.#entering ??= this.#enter(roomId))
    await this.#shared.chat.execute(this.#session, { type: 'post', roomId, draft: draftOf(words) })
    try {
      await this.#tellApplication(words)
    } catch (error) {
      // It is on the disk, and all have heard it: a page that was told otherwise would send it again.
      this.#shared.log.error({ error, connection: this.#line.id }, 'the application will not be told of a message')
    }
  }

  async #sendOn(words: Words): Promise<void> {
    const { app } = this.#bearer
    this.#shared.limits.words.demand(`${app.app.id}:${this.speaker.id}`, 'too many messages, slow down')
    await this.#tellApplication(words)
    this.#broadcast(words)
  }

  #broadcast(words: Words): void {
    const { app, claims } = this.#bearer
    this.#shared.chat.broadcast(app.app, {
      channel: socketName(claims.channel),
      name: 'message',
      data: words.data,
      meta: broadcastMeta(words),
      origin: this.#line.id,
    })
  }

  async #tellApplication(words: Words): Promise<void> {
    const { app, claims } = this.#bearer
    if (app.settings.callbackUrl === null) return
    await this.#shared.tellLater(app.app, callbackPurpose, Callbacks.bodyOf(claims.channel, words))
  }

  async #enter(roomId: RoomId): Promise<void> {
    const { rooms, sessions } = this.#shared
    try {
      this.#session.user = await rooms.enter(this.#bearer.app.app, roomId, this.speaker)
      // A block reaches those already connected. Not after it has gone: nobody would take it out again.
      if (!this.#held.isStopped) sessions.add(this.#session)
    } finally {
      this.#entering = null
    }
  }

  /** To this connection alone, at once. */
  #say(text: string): void {
    this.#line.push(this.#line.framing.frame(text))
  }

  /** What needs no waiting, behind the answers to what came before. */
  #answer(text: string): void {
    if (this.#held.underWay === 0) this.#say(text)
    else this.#held.end(this.#held.begin(), this.framing.frame(text))
  }

  /** The one place where an error becomes a frame. The connection lives on. */
  #refusal(error: unknown): string {
    if (error instanceof ChatError && error.code !== 'internal') return errorFrame(error.message)
    const id = randomUUID()
    this.#shared.log.error({ error, id, connection: this.#line.id }, 'a message failed')
    return errorFrame(`internal error ${id}`)
  }
}
