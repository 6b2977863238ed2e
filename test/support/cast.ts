import assert from 'node:assert/strict'
import { Inbox } from './inbox.ts'
import type { House, StaffName } from './house.ts'
import type { StompDial, StompWire } from './stomp-dials.ts'

/** The envelope of everything the desk says, and where it came. */
export interface Said {
  readonly destination: string
  readonly contentType: string
  readonly eventName: string
  readonly companyId: string
  readonly roomId: string | null
  readonly data: Record<string, unknown>
  /** The whole body. */
  readonly envelope: Record<string, unknown>
}

/** The words that a person uses for the destinations: the seed's, and those with a slash. */
export interface Manners {
  readonly slash: '' | '/'
  readonly privateQueue: 'user/session/message' | 'user/socket/message'
}
export const seedManners: Manners = { slash: '', privateQueue: 'user/session/message' }

/** Somebody at a desk or with a telephone, on one connection. */
export class Person {
  readonly #wire: StompWire
  readonly #manners: Manners
  readonly #inbox = new Inbox<Said>((said) => `${said.destination} ${JSON.stringify(said.envelope)}`)
  #fences = 0

  private constructor(wire: StompWire, manners: Manners) {
    this.#wire = wire
    this.#manners = manners
    this.subscribe(manners.privateQueue)
  }

  /** An agent who logged in, with the private queue open. */
  static async agent(house: House, dial: StompDial, name: StaffName, manners = seedManners): Promise<Person> {
    return new Person(await dial(house, { Authorization: `Bearer ${await house.login(name)}` }), manners)
  }

  /** A customer with the private queue open, who was told who it is. */
  static async customer(house: House, dial: StompDial, number: number, manners = seedManners): Promise<Customer> {
    const headers = { companyId: '1', gasappMemberNumber: String(number) }
    const person = new Person(await dial(house, headers), manners)
    const { data } = await person.hears('LOGINED')
    const profile = data['profile'] as Record<string, unknown>
    assert.equal(profile['id'], number)
    return { person, profile, roomId: Number(profile['roomId']) }
  }

  /** Listens to a destination, written in this person's manner. Returns how to stop. */
  subscribe(destination: string): () => void {
    return this.#wire.subscribe(this.#manners.slash + destination, ({ destination: to, contentType, body }) => {
      const envelope = JSON.parse(body) as Record<string, unknown>
      const { eventName, companyId, roomId, data } = envelope as unknown as Said
      this.#inbox.put({ destination: to, contentType, eventName, companyId, roomId, data, envelope })
    })
  }

  enter(roomId: number): () => void {
    return this.subscribe(`sub/socket/room/${roomId}`)
  }

  enterLobby(companyId = '1'): () => void {
    return this.subscribe(`sub/socket/room/LOBBY${companyId}`)
  }

  says(eventName: string, data: object = {}): void {
    this.#wire.send(`${this.#manners.slash}pub/socket/message`, JSON.stringify({ eventName, data }))
  }

  /** The first unheard event of a name, now or when it comes; others stay unheard. */
  hears(eventName: string, matches: (said: Said) => boolean = () => true): Promise<Said> {
    return this.#inbox.take(eventName, (said) => said.eventName === eventName && matches(said))
  }

  hearsMessage(text: string): Promise<Said> {
    return this.#inbox.take(
      `MESSAGE ${text}`,
      (said) => said.eventName === 'MESSAGE' && messageOf(said)['message'] === text,
    )
  }

  /** Waits until all that was said to this person so far has arrived, and returns the names of what was not heard yet. */
  async unheard(): Promise<string[]> {
    const fence = `FENCE-${++this.#fences}`
    this.says(fence)
    await this.hears('ERROR', ({ data }) => String(data['reason']).includes(fence))
    return this.#inbox.drain().map(({ eventName }) => eventName)
  }

  leave(): Promise<void> {
    return this.#wire.disconnect()
  }
}

export interface Customer {
  readonly person: Person
  readonly profile: Record<string, unknown>
  readonly roomId: number
}

export function messageOf(said: Said): Record<string, unknown> {
  return said.data['message'] as Record<string, unknown>
}

export function messagesOf(said: Said): Record<string, unknown>[] {
  return said.data['messages'] as Record<string, unknown>[]
}
