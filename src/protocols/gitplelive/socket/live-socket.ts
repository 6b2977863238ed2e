import { randomUUID } from 'node:crypto'
import type { Swept } from '../../../core/broom.ts'
import type { Close } from '../../../core/errors.ts'
import type { Subscription } from '../../../core/hub.ts'
import type { Room, RoomId, User } from '../../../core/model.ts'
import type { Line, LineHandler } from '../../../core/ports.ts'
import type { Session } from '../../../core/session.ts'
import { channelIdOf } from '../channel.ts'
import { failureOf, internalFailure, Refusal } from '../failures.ts'
import { operations } from '../operations/operations.ts'
import { personOf } from '../person.ts'
import { isRevoked, type SignedIn } from '../tokens.ts'
import type { Attendee } from './attendance.ts'
import { capabilities, ChannelEncoding, type Capability } from './channel-encoding.ts'
import { closeFor, flood, tokenExpired, tokenInvalid, tooLate } from './closes.ts'
import { goneFrame } from './event-words.ts'
import { decodeFrame, readPositions, type InFrame, type Positions } from './frames.ts'
import type { LiveHouse } from './house.ts'
import { Resumption } from './resumption.ts'
import { gapFrame, pongFrame, readyFrame, refusalFrame, replyFrame, welcomeFrame } from './replies.ts'

const wireVersion = 1
/** Requests whose outcome is not known yet. More come only from one that doesn't wait and a store that is stuck. */
const maxUnderWay = 256
/** Channels that one `resume` asks for. */
const maxAtOnce = 100

type Hello = Extract<InFrame, { type: 'hello' }>
type Request = Extract<InFrame, { type: 'request' }>

/** Somebody who has said who it is. */
interface Bearer {
  readonly signedIn: SignedIn
  readonly session: Session
  readonly wanted: ReadonlySet<Capability>
  readonly encoding: ChannelEncoding
}

/**
 * One connection of a user. It hears all channels that the user is a member of, from where the `hello` says that it has heard
 * them; asks, and is answered each once.
 */
export class LiveSocket implements LineHandler, Attendee, Swept {
  readonly openedAt: number
  readonly #house: LiveHouse
  readonly #line: Line
  #state: 'new' | 'greeting' | 'live' | 'closed' = 'new'
  #bearer: Bearer | null = null
  #subscriptions: Map<RoomId, Subscription> | null = null
  /** What changed for the user while its channels were looked up. */
  #early: (() => void)[] | null = null
  #underWay = 0
  #isResuming = false

  constructor(house: LiveHouse, line: Line) {
    this.#house = house
    this.#line = line
    this.openedAt = house.now()
    house.open.add(this)
  }

  get user(): User {
    const user = this.#bearer?.session.user
    if (!user) throw new Error('nobody has signed in')
    return user
  }

  message(text: string): void {
    if (!this.#house.live.frames.take(this.#line.id)) return this.#line.close(flood)
    try {
      const frame = decodeFrame(text)
      if (frame.type === 'ping') return this.#say(pongFrame)
      if (frame.type === 'hello') return this.#hello(frame)
      this.#asked(frame)
    } catch (error) {
      this.#close(error)
    }
  }

  closed(): void {
    this.#state = 'closed'
    this.#early = null
    const { channels, attendance, presence, open } = this.#house
    open.delete(this)
    for (const subscription of this.#subscriptions?.values() ?? []) channels.unsubscribe(subscription)
    this.#subscriptions = null
    if (!this.#bearer) return
    attendance.leave(this)
    // A page reload looks the same as leaving: the debounce tells them apart.
    presence.leave(this.user.appId, this.user.id, true)
  }

  /** Called every second. */
  sweep(now: number): void {
    if (this.#bearer && this.#bearer.signedIn.expiresAt <= now) this.#line.close(tokenExpired)
    else if (!this.#bearer && now - this.openedAt >= this.#house.live.connectTimeoutMs) this.#line.close(tooLate)
  }

  joined(room: Room, frame: Uint8Array | null): void {
    if (this.#early) return void this.#early.push(() => this.joined(room, frame))
    if (!this.#subscriptions || this.#subscriptions.has(room.id)) return
    if (frame) this.#line.push(frame)
    this.#attach(room)
  }

  wasPutInto(room: Room, frame: Uint8Array): void {
    if (this.#early) return void this.#early.push(() => this.wasPutInto(room, frame))
    const channelId = channelIdOf(room)
    if (channelId === null || !this.#subscriptions || this.#subscriptions.has(room.id)) return
    this.#line.push(frame)
    if (this.#house.prepared.toldTo(room) === 0) return this.#attach(room)
    const resumption = this.#resumption()
    resumption.add(room, channelId, [0, room.createdAt])
    resumption.run().then(
      ([isMore]) => {
        if (isMore === undefined) return
        this.#say(gapFrame(channelId, null, 'too_many'))
        this.#attach(room)
      },
      (error: unknown) => this.#close(error),
    )
  }

  left(roomId: RoomId, frame: Uint8Array | null): void {
    if (this.#early) return void this.#early.push(() => this.#missedLeaving(roomId, frame))
    const subscription = this.#subscriptions?.get(roomId)
    if (!subscription) return
    this.#subscriptions?.delete(roomId)
    this.#house.channels.unsubscribe(subscription)
  }

  hear(bytes: Uint8Array, isUserNews: boolean): void {
    if (this.#early) return void this.#early.push(() => this.hear(bytes, isUserNews))
    if (this.#state === 'live' && (!isUserNews || this.#bearer?.wanted.has('users'))) this.#line.push(bytes)
  }

  changed(user: User | null): void {
    const bearer = this.#bearer
    if (!bearer) return
    if (user === null) {
      this.#say(goneFrame(this.user))
      this.#line.close(tokenInvalid)
    } else if (isRevoked(user, bearer.signedIn.epoch)) this.#line.close(tokenInvalid)
    else bearer.session.user = user
  }

  #hello(frame: Hello): void {
    if (this.#state !== 'new') throw new Refusal('parameters', 'hello: is said once, and first')
    if (frame.version !== wireVersion) throw new Refusal('parameters', `version: this server speaks ${wireVersion}`)
    this.#state = 'greeting'
    this.#greet(frame).catch((error: unknown) => this.#close(error))
  }

  async #greet(frame: Hello): Promise<void> {
    const { tokens, directory, limits, attendance, presence, frames } = this.#house
    const signedIn = await tokens.signIn(frame.token)
    const { app, user } = signedIn
    if (app !== directory.byAppId(frame.appId)) throw new Refusal('token_invalid', 'the token is another app’s')
    if (personOf(user).userId !== frame.userId) throw new Refusal('token_invalid', 'the token is another user’s')
    if (this.#isClosed) return
    limits.reads.demand(user.id, 'too many connections, slow down')
    const wanted = new Set(capabilities.filter((one) => frame.capabilities.includes(one)))
    const session = { app: app.app, user, origin: this.#line.id }
    this.#bearer = { signedIn, session, wanted, encoding: new ChannelEncoding(frames, wanted) }
    this.#early = []
    // Before its channels are looked up: what changes from now on is not missed.
    attendance.enter(this)
    presence.enter(user.appId, user.id)
    await this.#open(wanted.has('resume') ? frame.positions : new Map())
  }

  async #open(positions: Positions): Promise<void> {
    const { store, people, prepared, live, nodes } = this.#house
    const { user } = this
    people.keep(user)
    const query = { appId: user.appId, kind: 'group', states: ['active'], memberId: user.id } as const
    const find = () => store.rooms.find({ ...query, limit: live.maxChannels })
    let { rooms } = await find()
    // What other nodes do in a channel is heard here only while somebody follows it: its position is known once it is heard.
    const unfollow = prepared.follow(rooms)
    try {
      if (nodes.all.length > 1) ({ rooms } = await find())
      if (!this.#isClosed) await this.#begin(rooms, positions)
    } finally {
      unfollow()
    }
  }

  async #begin(rooms: readonly Room[], positions: Positions): Promise<void> {
    const { prepared, live } = this.#house
    const { user } = this
    const resumption = this.#resumption()
    const begun: [string, readonly [number, number]][] = []
    this.#subscriptions = new Map()
    for (const room of rooms) {
      const channelId = channelIdOf(room)
      if (channelId === null) continue
      const position = positions.get(channelId)
      const seq = prepared.toldTo(room)
      if (position && (position[0] !== seq || position[1] !== room.createdAt)) resumption.add(room, channelId, position)
      else {
        this.#attach(room)
        if (!position) begun.push([channelId, [seq, room.createdAt]])
      }
    }
    const here = new Set(rooms.map(channelIdOf))
    for (const channelId of positions.keys()) if (!here.has(channelId)) resumption.lost(channelId)
    this.#say(welcomeFrame({ version: wireVersion, wanted: this.#wanted, live, user, positions: begun }))
    this.#state = 'live'
    const early = this.#early ?? []
    this.#early = null
    for (const apply of early) apply()
    this.#say(readyFrame(await resumption.run()))
  }

  #asked(request: Request): void {
    if (this.#state === 'new' || this.#state === 'greeting') throw new Refusal('parameters', 'hello: comes first')
    if (this.#underWay >= maxUnderWay) return this.#line.close(flood)
    this.#underWay++
    this.#answer(request).then(
      (data) => this.#answered(replyFrame(request.ref, data)),
      (error: unknown) => this.#answered(refusalFrame(request.ref, failureOf(error) ?? this.#internal(error, request))),
    )
  }

  async #answer({ name, input }: Request): Promise<object | undefined> {
    // The chat counts messages itself.
    if (name !== 'send_message') this.#house.limits.reads.demand(this.user.id, 'too many requests, slow down')
    if (name === 'resume') return this.#resume(input)
    const operation = Object.hasOwn(operations, name) ? operations[name as keyof typeof operations] : null
    const app = this.#bearer?.signedIn.app
    if (!operation || !app) throw new Refusal('parameters', `type: there is no request ${JSON.stringify(name)}`, 'type')
    const caller = { app, user: this.user, origin: this.#line.id, baseUrl: this.#house.publicUrl ?? '' }
    return (await operation.perform(this.#house, caller, input)).body
  }

  async #resume(input: object): Promise<object> {
    const positions = readPositions((input as { readonly positions?: unknown }).positions)
    if (positions.size > maxAtOnce)
      throw new Refusal('parameters', `positions: at most ${maxAtOnce} at once`, 'positions')
    if (this.#isResuming) throw new Refusal('too_many_requests', 'one resume at a time')
    this.#isResuming = true
    try {
      const resumption = this.#resumption()
      for (const [channelId, position] of positions) {
        const room = await this.#house.directory.room(this.user.appId, channelId)
        if (room && !this.#subscriptions?.has(room.id)) resumption.add(room, channelId, position)
        else if (!room) resumption.lost(channelId)
      }
      return { pending: await resumption.run() }
    } finally {
      this.#isResuming = false
    }
  }

  #resumption(): Resumption {
    return new Resumption(this.#house, this.user, {
      isOpen: () => !this.#isClosed,
      push: (bytes) => this.#line.push(bytes),
      say: (text) => this.#say(text),
      attach: (room) => this.#attach(room),
    })
  }

  #attach({ id }: Room): void {
    const bearer = this.#bearer
    const subscriptions = this.#subscriptions
    if (!bearer || !subscriptions || subscriptions.has(id)) return
    if (subscriptions.size >= this.#house.live.maxChannels) return
    subscriptions.set(id, this.#house.channels.subscribe(id, bearer.encoding, this.#line))
  }

  /** It happened while the channels were looked up, and the look may have been too early to see it. */
  #missedLeaving(roomId: RoomId, frame: Uint8Array | null): void {
    if (frame && this.#subscriptions?.has(roomId)) this.#line.push(frame)
    this.left(roomId, frame)
  }

  get #isClosed(): boolean {
    return this.#state === 'closed'
  }

  get #wanted(): readonly Capability[] {
    return [...(this.#bearer?.wanted ?? [])]
  }

  #answered(text: string): void {
    this.#underWay--
    this.#say(text)
  }

  #say(text: string): void {
    this.#line.push(this.#line.framing.frame(text))
  }

  /** The one place where an error ends a connection. */
  #close(error: unknown): void {
    this.#line.close(closeFor(error) ?? this.#broken(error))
  }

  #broken(error: unknown): Close {
    const id = randomUUID()
    this.#house.log.error({ error, id, connection: this.#line.id }, 'a connection failed')
    return { code: 'slow', reason: `internal error ${id}`, retry: 'later' }
  }

  #internal(error: unknown, { name }: Request) {
    const id = randomUUID()
    this.#house.log.error({ error, id, request: name, connection: this.#line.id }, 'a request failed')
    return { ...internalFailure(), message: `internal error ${id}` }
  }
}
