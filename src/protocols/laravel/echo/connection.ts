import { randomBytes } from 'node:crypto'
import { ChatError } from '../../../core/errors.ts'
import type { Subscription } from '../../../core/hub.ts'
import { addressBlock } from '../../../wire/address.ts'
import type { EventHandler, NamespaceLine } from '../../../wire/socketio/service.ts'
import { echoTopic, publish } from '../broadcasts.ts'
import { memberOf, parseMember, type ChannelMember } from '../channel-member.ts'
import type { Seat } from '../channels.ts'
import type { LaravelApp } from '../settings.ts'
import type { AuthAnswer } from './auth-servers.ts'
import { echoChannelKind, takesWhispers, type EchoChannelKind } from './echo-channel.ts'
import type { EchoHouse } from './house.ts'
import { readSubscribe, readUnsubscribe, readWhisper, type Subscribe } from './inbound.ts'
import { refusedText, rootFraming, subscribedText } from './words.ts'

interface Place {
  readonly seat: Seat
  readonly subscription: Subscription
}

/**
 * A client of Laravel Echo on Socket.IO. What it may hear, the application says each time it asks, by the client's own
 * credentials. One of these per connection: few fields, no timers.
 */
export class EchoConnection implements EventHandler {
  readonly #house: EchoHouse
  readonly #app: LaravelApp
  readonly #line: NamespaceLine
  /** What the browser sent; null for none, or none that counts. */
  readonly #cookie: string | null
  readonly #places = new Map<string, Place>()
  /** Channels that the application is being asked about, each with what tells one question from the next. */
  readonly #asking = new Map<string, object>()
  /** Questions on their way, those that nobody waits for any more included. */
  #questions = 0

  constructor(house: EchoHouse, app: LaravelApp, line: NamespaceLine, cookie: string | null) {
    this.#house = house
    this.#app = app
    this.#line = line
    this.#cookie = cookie
    house.clients.add(app.app.id)
  }

  event(name: string, args: readonly unknown[]): void {
    if (name === 'subscribe') this.#subscribe(args[0])
    else if (name === 'unsubscribe') this.#unsubscribe(args[0])
    else if (name === 'client event') this.#whisper(args[0])
  }

  closed(): void {
    this.#house.clients.remove(this.#app.app.id)
    this.#asking.clear()
    for (const place of this.#places.values()) this.#give(place)
    this.#places.clear()
  }

  #subscribe(value: unknown): void {
    const asked = readSubscribe(value)
    if (!asked) return
    const { channel } = asked
    const kind = echoChannelKind(channel)
    if (kind === null) return this.#refuse(channel.slice(0, 200), 422)
    // Echo says it again when it comes back, on top of what its library kept. No second answer: a list of members is long.
    if (this.#places.has(channel) || this.#asking.has(channel)) return
    if (this.#places.size + this.#questions >= this.#house.limits.maxChannels) return this.#refuse(channel, 429)
    if (kind === 'public') return this.#enter(channel, null)
    if (!this.#house.asks.take(addressBlock(this.#line.address))) return this.#refuse(channel, 429)
    this.#ask(asked, kind).catch((error: unknown) => this.#failed(channel, error))
  }

  async #ask({ channel, headers }: Subscribe, kind: EchoChannelKind): Promise<void> {
    const question = {}
    const wanted = (): boolean => this.#asking.get(channel) === question
    this.#asking.set(channel, question)
    this.#questions++
    const cookie = this.#cookie !== null && { Cookie: this.#cookie }
    const answer = await this.#house.authServers.ask(this.#app, {
      channel,
      socketId: this.#line.id,
      headers: { ...cookie, ...headers },
      wanted,
    })
    this.#questions--
    // It went, or took it back.
    if (!wanted()) return
    this.#asking.delete(channel)
    if (answer.status !== 200) return this.#refuse(channel, answer.status)
    this.#admit(channel, kind === 'presence' ? answer : null)
  }

  #admit(channel: string, answer: AuthAnswer | null): void {
    try {
      this.#enter(channel, answer && presented(answer, this.#house.limits.maxMemberBytes))
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      const { code, message } = error
      this.#house.log.debug({ app: this.#app.app.id, channel, message }, 'a client could not join a channel')
      this.#refuse(channel, code === 'too_large' ? 413 : code === 'conflict' ? 429 : 422)
    }
  }

  /** Throws a `ChatError`. */
  #enter(channel: string, member: ChannelMember | null): void {
    const { hub, channels, encoding } = this.#house
    const { app } = this.#app
    const seat = channels.enter(app, channel, member, this.#line.id)
    const { members } = seat.channel
    if (members) this.#say(subscribedText(channel, members.values()))
    const subscription = hub.subscribe(echoTopic(app.id, channel), encoding, this.#line)
    this.#places.set(channel, { seat, subscription })
  }

  #unsubscribe(value: unknown): void {
    const channel = readUnsubscribe(value)
    if (channel === null) return
    this.#asking.delete(channel)
    const place = this.#places.get(channel)
    if (!place) return
    this.#places.delete(channel)
    this.#give(place)
  }

  #give({ seat, subscription }: Place): void {
    this.#house.hub.unsubscribe(subscription)
    this.#house.channels.leave(seat)
  }

  /** As laravel-echo-server: one that is not taken is not answered. */
  #whisper(value: unknown): void {
    const { chat, clientEvents, limits, notify } = this.#house
    const { app, settings } = this.#app
    const whisper = readWhisper(value, limits.maxDataBytes)
    if (!whisper || !settings.clientEvents) return
    const { channel, event, data } = whisper
    const place = this.#places.get(channel)
    if (!place || !takesWhispers(channel) || !clientEvents.take(this.#line.id)) return
    const { userId } = place.seat
    publish(chat, app, { channel, event, data, socketId: this.#line.id, whisper: { userId } })
    const who = userId === null ? {} : { user_id: userId }
    notify(this.#app, { name: 'client_event', channel, event, data, socket_id: this.#line.id, ...who })
  }

  #refuse(channel: string, status: number): void {
    this.#say(refusedText(channel, status))
  }

  #failed(channel: string, error: unknown): void {
    const id = randomBytes(9).toString('base64url')
    this.#house.log.error({ error, id, connection: this.#line.id }, 'a subscription failed')
    this.#refuse(channel, 500)
  }

  #say(text: string): void {
    this.#line.push(rootFraming.frame(text))
  }
}

/** Who somebody is in a presence channel: an object from Laravel's Redis broadcaster, JSON in a string from its Pusher one. Throws a `ChatError`. */
function presented({ body }: AuthAnswer, maxBytes: number): ChannelMember {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    throw new ChatError('invalid', 'the application answered what is no JSON')
  }
  const data = typeof answer === 'object' && answer !== null && 'channel_data' in answer ? answer.channel_data : null
  return typeof data === 'string' ? parseMember(data, maxBytes) : memberOf(data, maxBytes)
}
