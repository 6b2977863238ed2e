import { randomBytes } from 'node:crypto'
import { ChatError } from '../../../core/errors.ts'
import type { Subscription } from '../../../core/hub.ts'
import type { AppId } from '../../../core/model.ts'
import type { Line, LineHandler } from '../../../core/ports.ts'
import { channelKind, maxChannelChars, type ChannelKind } from '../../../wire/pusher/channel-name.ts'
import { pusherClose } from '../../../wire/pusher/dialect.ts'
import { decodeFrame, type InFrame } from '../../../wire/pusher/in-frames.ts'
import {
  cacheMissFrame,
  errorFrame,
  establishedFrame,
  eventFrame,
  pingFrame,
  pongFrame,
  presenceFrame,
  signedInFrame,
  subscribedFrame,
  subscriptionErrorFrame,
} from '../../../wire/pusher/out-frames.ts'
import { PusherError, SubscriptionError } from '../../../wire/pusher/pusher-error.ts'
import { websocketFraming } from '../../../wire/websocket-frame.ts'
import { echoTopic, publish } from '../broadcasts.ts'
import type { Seat } from '../channels.ts'
import { isShallow, maxDepth } from '../depth.ts'
import type { LaravelApp } from '../settings.ts'
import { newSocketId } from '../socket-id.ts'
import { admit, refused, signIn, type SignedIn } from './admission.ts'
import type { Connected } from './connections.ts'
import type { PusherHouse } from './house.ts'
import type { LastEvent } from './last-events.ts'

interface Place {
  readonly seat: Seat
  readonly subscription: Subscription
}

const ping = websocketFraming.frame(pingFrame)
const pong = websocketFraming.frame(pongFrame)

/**
 * A client of the Pusher protocol. Its line belongs to an application that is known by its key; what it may do there is
 * what that application signed. One of these per connection: few fields, no timers.
 */
export class PusherConnection implements LineHandler, Connected {
  readonly socketId = newSocketId()
  readonly #house: PusherHouse
  readonly #line: Line
  readonly #app: LaravelApp
  readonly #places = new Map<string, Place>()
  #user: SignedIn | null = null
  /** Since the last sweep. A flag, so that a message needn't ask for the time. */
  #heard = true
  #pinged = false
  #heardAt = 0

  constructor(house: PusherHouse, app: LaravelApp, line: Line) {
    this.#house = house
    this.#app = app
    this.#line = line
    house.connections.add(this)
    this.#say(establishedFrame(this.socketId, house.limits.activityTimeoutMs))
  }

  get appId(): AppId {
    return this.#app.app.id
  }

  get lineId(): string {
    return this.#line.id
  }

  message(text: string): void {
    this.#heard = true
    try {
      if (!this.#house.frames.take(this.#line.id)) throw new PusherError(4100, 'Too many messages, slow down')
      // Reading and writing 60,000 levels takes 30 ms, and fails in the end: a few clients would keep all others waiting.
      if (!isShallow(text, maxDepth)) throw new PusherError(4300, 'Invalid message format: it is nested too deeply')
      this.#take(decodeFrame(text, this.#house.limits))
    } catch (error) {
      this.#refuse(error)
    }
  }

  closed(): void {
    this.#house.connections.remove(this, this.#user?.id ?? null)
    for (const place of this.#places.values()) this.#give(place)
    this.#places.clear()
  }

  terminate(): void {
    this.#line.close(pusherClose(4009, 'Connection terminated by the application'))
  }

  sweep(now: number): void {
    const { activityTimeoutMs, pongTimeoutMs } = this.#house.limits
    if (this.#heard) {
      this.#heard = this.#pinged = false
      this.#heardAt = now
    } else if (now - this.#heardAt >= activityTimeoutMs + pongTimeoutMs) {
      this.#line.close(pusherClose(4201, 'Pong reply not received'))
    } else if (now - this.#heardAt >= activityTimeoutMs && !this.#pinged) {
      this.#pinged = true
      this.#line.push(ping)
    }
  }

  #take(frame: InFrame): void {
    switch (frame.type) {
      case 'ping':
        return this.#line.push(pong)
      case 'subscribe':
        return this.#subscribe(frame)
      case 'unsubscribe':
        return this.#unsubscribe(frame.channel)
      case 'signin':
        return this.#signIn(frame)
      case 'client_event':
        return this.#whisper(frame)
      case 'pong':
      case 'unknown':
    }
  }

  #subscribe(frame: Extract<InFrame, { type: 'subscribe' }>): void {
    const { channel } = frame
    if (this.#places.has(channel)) throw new PusherError(null, `Existing subscription to channel ${channel}`)
    try {
      const kind = channelKind(channel)
      if (!kind) throw new SubscriptionError('InvalidChannel', 400, 'Invalid channel name')
      this.#enter(frame, kind)
    } catch (error) {
      const refusal = error instanceof ChatError ? refused(error) : error
      if (!(refusal instanceof SubscriptionError)) throw error
      this.#say(subscriptionErrorFrame(channel.slice(0, maxChannelChars), refusal))
    }
  }

  #enter(frame: Extract<InFrame, { type: 'subscribe' }>, kind: ChannelKind): void {
    const { hub, channels, encoding, limits } = this.#house
    const { app, settings } = this.#app
    const { channel } = frame
    if (this.#places.size >= limits.maxChannels) {
      throw new SubscriptionError('LimitReached', 403, `A connection has at most ${limits.maxChannels} channels`)
    }
    const asking = { credentials: settings, socketId: this.socketId, user: this.#user, ...limits }
    const member = admit(frame, kind, asking)
    const seat = channels.enter(app, channel, member, this.socketId)
    const { members } = seat.channel
    this.#say(members ? presenceFrame(channel, members.values()) : subscribedFrame(channel))
    const place = { seat, subscription: hub.subscribe(echoTopic(app.id, channel), encoding, this.#line) }
    this.#places.set(channel, place)
    if (kind.isCache) this.#replay(channel, place)
  }

  #replay(channel: string, place: Place): void {
    const { lastEvents } = this.#house
    const known = lastEvents.of(this.appId, channel)
    if (known || !lastEvents.isShared) return this.#sayLast(channel, known)
    void lastEvents.find(this.appId, channel).then((found) => {
      // It has left, or has heard a newer one meanwhile.
      if (this.#places.get(channel) !== place || lastEvents.of(this.appId, channel)) return
      this.#sayLast(channel, found)
    })
  }

  #sayLast(channel: string, last: LastEvent | null): void {
    this.#say(last ? eventFrame(channel, last.name, last.data) : cacheMissFrame(channel))
    if (!last) this.#house.notify(this.#app, { name: 'cache_miss', channel })
  }

  #unsubscribe(channel: string): void {
    const place = this.#places.get(channel)
    if (!place) return
    this.#places.delete(channel)
    this.#give(place)
  }

  #give({ seat, subscription }: Place): void {
    this.#house.hub.unsubscribe(subscription)
    this.#house.channels.leave(seat)
  }

  #signIn(frame: Extract<InFrame, { type: 'signin' }>): void {
    const { limits, connections } = this.#house
    const credentials = this.#app.settings
    const user = signIn(frame, { credentials, socketId: this.socketId, maxBytes: limits.maxDataBytes })
    if (this.#user && this.#user.id !== user.id) throw new PusherError(4009, 'Connection not authorized: another user')
    this.#user = user
    connections.signedIn(this, user.id)
    this.#say(signedInFrame(frame.userData))
  }

  #whisper({ channel, name, data }: Extract<InFrame, { type: 'client_event' }>): void {
    const { chat, clientEvents, notify } = this.#house
    const { app, settings } = this.#app
    if (!settings.clientEvents) throw rejected('the app does not take client events')
    const kind = channelKind(channel)
    if (!kind?.isPrivate || kind.isEncrypted) throw rejected('only private and presence channels take client events')
    const place = this.#places.get(channel)
    if (!place) throw rejected('not subscribed to the channel')
    if (!clientEvents.take(this.#line.id)) throw rejected('the rate limit was exceeded')
    const { userId } = place.seat
    publish(chat, app, { channel, event: name, data, socketId: this.socketId, whisper: { userId } })
    const who = userId === null ? {} : { user_id: userId }
    notify(this.#app, { name: 'client_event', channel, event: name, data, socket_id: this.socketId, ...who })
  }

  #say(text: string): void {
    this.#line.push(websocketFraming.frame(text))
  }

  /** The one place where an error becomes a frame, or a close. */
  #refuse(error: unknown): void {
    if (!(error instanceof PusherError)) {
      const id = randomBytes(9).toString('base64url')
      this.#house.log.error({ error, id, connection: this.#line.id }, 'a frame failed')
      return this.#say(errorFrame({ code: 4300, message: `Internal error ${id}` }))
    }
    if (error.closes && error.code !== null) this.#line.close(pusherClose(error.code, error.message))
    else this.#say(errorFrame(error))
  }
}

function rejected(why: string): PusherError {
  return new PusherError(4301, `Client event rejected - ${why}`)
}
