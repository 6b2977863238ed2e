import { randomUUID } from 'node:crypto'
import type { Swept } from '../../core/broom.ts'
import { ChatError, type Close } from '../../core/errors.ts'
import type { Subscription } from '../../core/hub.ts'
import type { RoomId } from '../../core/model.ts'
import type { Line, LineHandler } from '../../core/ports.ts'
import { hasRole, type Session } from '../../core/session.ts'
import type { StompFrame, StompHeaders } from '../../wire/stomp/frame.ts'
import type { StompHost, StompSend, StompSubscription } from '../../wire/stomp/host.ts'
import { StompSession } from '../../wire/stomp/session.ts'
import { quote, StompError } from '../../wire/stomp/stomp-error.ts'
import type { Company } from './company.ts'
import type { Desk } from './desk.ts'
import { isMessageDestination, parseDestination } from './destination.ts'
import { encodeMessage, LobbyEncoding, RoomEncoding, type Address, type Words } from './encodings.ts'
import { welcome } from './entrance.ts'
import { envelope } from './envelope.ts'
import { customerMeta, customerRoomKey, isStaff } from './identity.ts'
import { decodeInbound } from './inbound.ts'
import { profileObject } from './objects.ts'
import { reasonOf } from './reasons.ts'
import { signIn } from './sign-in.ts'
import { Refusal, talk, type Speaker } from './talk.ts'

/** A topic that this connection listens to. */
interface Place {
  readonly subscription: Subscription
  /** The room in which the customer counts as present by this subscription. */
  readonly presentIn: RoomId | null
}

/**
 * The consultation desk's STOMP, one connection. CONNECT names an agent or a customer; SUBSCRIBE to the private
 * queue, the lobby, or a room, which also joins it; SEND to `/pub/socket/message`. See docs/protocols/cstalk.md for
 * every frame, error and limit.
 */
export class DeskConnection implements LineHandler, StompHost, Speaker, Swept {
  readonly #desk: Desk
  readonly #line: Line
  readonly #stomp: StompSession
  #company: Company | null = null
  /** Null before CONNECT, and for a customer that was not believed. */
  #session: Session | null = null
  #private: Address | null = null
  #places: Map<string, Place> | null = null
  /** Entering a room takes several steps; what the client sends meanwhile waits for their end. */
  #entering: Promise<void> | null = null
  #told = 0
  #saidGoodbye = false
  roomId: RoomId | null = null

  constructor(desk: Desk, line: Line) {
    this.#desk = desk
    this.#line = line
    this.#stomp = new StompSession(this, desk.stomp, line.id, desk.now())
    desk.broom.add(this)
  }

  get company(): Company {
    if (!this.#company) throw new ChatError('unauthorized', 'not connected')
    return this.#company
  }

  get session(): Session {
    if (!this.#session) throw new ChatError('unauthorized', 'the secretKey was not right')
    return this.#session
  }

  message(text: string): void {
    this.#stomp.message(text)
  }

  closed(): void {
    this.#stomp.closed()
    this.#desk.broom.remove(this)
    if (this.#session) {
      this.#desk.sessions.remove(this.#session)
      this.#desk.seats.leave(this.#session)
    }
    for (const place of this.#places?.values() ?? []) this.#leave(place, !this.#saidGoodbye)
    this.#places = null
    this.#private = null
  }

  sweep(now: number): void {
    this.#stomp.sweep(now)
  }

  write(text: string): void {
    this.#line.push(this.#line.framing.frame(text))
  }

  end(close: Close): void {
    this.#line.close(close)
  }

  async connect(headers: StompHeaders): Promise<void> {
    const { company, user } = await signIn(this.#desk, headers, this.#line.address)
    this.#company = company
    if (user) this.#session = { app: company.app, user, origin: this.#line.id }
    if (this.#stomp.accept() && this.#session) this.#desk.sessions.add(this.#session)
  }

  subscribe(subscription: StompSubscription): void | Promise<void> {
    return this.#inTurn(() => this.#subscribe(subscription))
  }

  unsubscribe(id: string): void {
    void this.#inTurn(() => this.#unsubscribe(id))
  }

  /** A room that is taken is entered next: its subscription must find it taken. All else may overlap. */
  send({ destination, body }: StompSend): void | Promise<void> {
    if (!isMessageDestination(destination)) throw noSuch(destination)
    const inbound = decodeInbound(body)
    const work = () => talk(this.#desk, this, inbound)
    if (inbound.event === 'ASSIGN') return this.#inTurn(work)
    return this.#entering ? this.#entering.then(work) : work()
  }

  disconnected(): void {
    this.#saidGoodbye = true
  }

  #subscribe(subscription: StompSubscription): void | Promise<void> {
    // Its turn came after the end: nobody would take the place away again.
    if (this.#stomp.state === 'closed') return
    const destination = parseDestination(subscription.destination)
    const address = this.#address(subscription)
    switch (destination?.kind) {
      case 'private':
        this.#private = address
        return this.#sayWho()
      case 'lobby': {
        if (!hasRole(this.session, 'agent', 'manager') || destination.companyId !== this.company.id)
          throw noSuch(subscription.destination)
        const encoding = new LobbyEncoding(this.#words(), address)
        const appId = this.company.app.id
        this.#take(subscription.id, {
          subscription: this.#desk.hub.subscribe(appId, encoding, this.#line),
          presentIn: null,
        })
        return this.#desk.lobbies.changed(appId)
      }
      case 'room':
        return this.#enter(subscription.id, destination.roomId, address)
      case undefined:
        throw noSuch(subscription.destination)
    }
  }

  #unsubscribe(id: string): void {
    if (this.#private?.subscription === id) this.#private = null
    const place = this.#places?.get(id)
    if (!place) return
    this.#places?.delete(id)
    this.#leave(place, false)
    // Pages that are built twice listen twice for a moment.
    const stays = [...(this.#places?.values() ?? [])].some(({ subscription }) => subscription.topic === this.roomId)
    if (place.subscription.topic === this.roomId && !stays) this.#sit(null)
  }

  /** The one place where an error becomes a frame. */
  failed(error: unknown, frame: StompFrame): void {
    const about = frame.headers.get('destination') ?? frame.command
    const refusal = error instanceof ChatError || error instanceof Refusal ? error : this.#internal(error, about)
    if (frame.command === 'SEND')
      return this.tell('ERROR', { reason: refusal instanceof Refusal ? refusal.reason : reasonOf(refusal) })
    const code = refusal instanceof ChatError ? refusal.code : 'invalid'
    const retry = code === 'internal' || code === 'unavailable' || code === 'rate_limited' ? 'later' : 'never'
    // No colon: headers are escaped, and stomp-websocket 2.3.3 shows them so.
    this.#stomp.error(`${refusal.message} (${about})`, { close: { code: 'policy', reason: refusal.message, retry } })
  }

  tell(eventName: string, data: object): void {
    if (!this.#private) return
    const body = envelope(eventName, this.company.id, this.roomId, 'SELF', this.#line.id, data)
    this.#line.push(encodeMessage(this.#private, `${this.#line.id}-${++this.#told}`, body))
  }

  /** Customers hear at once whether they were believed, and which room is theirs; agents know from being connected at all. */
  async #sayWho(): Promise<void> {
    const user = this.#session?.user ?? null
    if (user && isStaff(user)) return
    const room =
      user && (await this.#desk.store.rooms.byKey(user.appId, customerRoomKey(customerMeta(user).gasappMemberNumber)))
    const profile = profileObject(this.company, user, {
      room,
      sessionId: this.#line.id,
      authenticated: user !== null,
      now: this.#desk.now(),
    })
    this.tell(user ? 'LOGINED' : 'UNAUTHORIZED', { profile })
  }

  async #enter(id: string, roomId: RoomId, address: Address): Promise<void> {
    const { chat, hub, presence } = this.#desk
    const { session } = this
    // Entering is told to the lobby: coming and going in a loop would flood everyone there.
    if (session.user) this.#desk.reads.demand(session.user.id, 'too many requests, slow down')
    const roomful = await chat.look(session, roomId)
    // What was said on entering counts, also when the one who said it has gone meanwhile.
    this.roomId = roomId
    if (this.#stomp.state === 'closed') return
    // Listening comes before all that is said, so that nothing falls between the list and the first event.
    const encoding = new RoomEncoding(this.#words(), address, !hasRole(session, 'customer'))
    const presentIn = session.user && session.user.id === roomful.room.ownerId ? roomId : null
    this.#take(id, { subscription: hub.subscribe(roomId, encoding, this.#line), presentIn })
    this.#sit(roomId)
    if (presentIn !== null && session.user) presence.enter(roomful.room, session.user.id)
    await welcome(this.#desk, this, roomful)
  }

  #sit(roomId: RoomId | null): void {
    this.roomId = roomId
    if (roomId === null) this.#desk.seats.leave(this.session)
    else this.#desk.seats.take(this.session, roomId)
  }

  #take(id: string, place: Place): void {
    this.#places ??= new Map()
    this.#places.set(id, place)
  }

  #leave({ subscription, presentIn }: Place, lost: boolean): void {
    this.#desk.hub.unsubscribe(subscription)
    if (typeof subscription.topic === 'string') this.#desk.lobbies.changed(this.company.app.id)
    if (presentIn !== null && this.#session?.user) this.#desk.presence.leave(presentIn, this.#session.user.id, lost)
  }

  /**
   * One after the other, as the client said it; the next one doesn't care how the last one went. An UNSUBSCRIBE that
   * overtook its SUBSCRIBE would leave a subscription that nobody can end.
   */
  #inTurn(work: () => void | Promise<void>): void | Promise<void> {
    const turn = this.#entering ? this.#entering.then(work) : work()
    if (!turn) return
    const settled = turn.then(nothing, nothing).then(() => {
      if (this.#entering === settled) this.#entering = null
    })
    this.#entering = settled
    return turn
  }

  #address({ id, destination, ack }: StompSubscription): Address {
    return {
      framing: this.#line.framing,
      version: this.#stomp.version,
      subscription: id,
      destination,
      acknowledges: ack !== 'auto',
    }
  }

  #words(): Words {
    const words = this.#desk.words.get(this.company)
    if (!words) throw new Error(`company ${this.company.id} has no words`)
    return words
  }

  #internal(error: unknown, about: string): ChatError {
    const id = randomUUID()
    this.#desk.log.error({ error, id, about, connection: this.#line.id }, 'a request failed')
    return new ChatError('internal', `internal error ${id}`)
  }
}

/** The destination that is not there and the one that is somebody else's are told alike. */
function noSuch(destination: string): StompError {
  return new StompError(`there is no destination ${quote(destination)} for you`)
}

function nothing(): void {
  // A failed entrance was told to the client where it failed.
}
