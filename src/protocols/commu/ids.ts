import { createCipheriv, createHash, randomBytes, type Cipheriv } from 'node:crypto'
import { ChatError } from '../../core/errors.ts'
import type { AppId, RoomId, UserId } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'

/** The sender of system messages, a constant of the clients' too. No user has it. */
export const botId = '639045fc61d68253e03c50da'

const kinds = { user: 1, community: 2, channel: 3 } as const
type Kind = keyof typeof kinds

const shape = /^[0-9a-f]{24}$/
const half = 6
const collection = 'commu_ids'
const maxRemembered = 20_000

/**
 * The ids of one app on the wire: 24 lower-case hex digits that say nothing of how many there are. Half of an id is a tag
 * made of kind and number with the app's key, the other half the number hidden under the tag. So another app's id, another
 * kind's and an invented one are unknown, without a look into the store. Deterministic: the same after a restart.
 */
export class Ids {
  readonly #tag: Cipheriv
  readonly #mask: Cipheriv
  readonly #block = Buffer.alloc(16)
  /** Making an id takes 4 µs, and a chat shows three: a tenth of what it costs to write one. */
  #texts = new Map<number, string>()
  #numbers = new Map<string, number>()

  constructor(key: Buffer) {
    this.#tag = blockCipher(key, 'tag')
    this.#mask = blockCipher(key, 'mask')
  }

  /** With the app's key from the store; the first time one is made, at random. Changing the token secret changes no id. */
  static async open(store: Store, appId: AppId): Promise<Ids> {
    const known = await storedKey(store, appId)
    return new Ids(known ?? (await newKey(store, appId)))
  }

  user(id: UserId): string {
    return this.#encode('user', id)
  }

  community(id: RoomId): string {
    return this.#encode('community', id)
  }

  channel(id: RoomId): string {
    return this.#encode('channel', id)
  }

  /** Null for what is no user's id in this app. That there is such a user is for the store to say. */
  userOf(text: unknown): UserId | null {
    return this.#decode('user', text) as UserId | null
  }

  communityOf(text: unknown): RoomId | null {
    return this.#decode('community', text) as RoomId | null
  }

  channelOf(text: unknown): RoomId | null {
    return this.#decode('channel', text) as RoomId | null
  }

  #encode(kind: Kind, id: number): string {
    const key = id * 4 + kinds[kind]
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    const text = this.#made(kind, id)
    this.#remember(key, text)
    return text
  }

  #made(kind: Kind, id: number): string {
    const tag = this.#tagOf(kind, id)
    const mask = this.#mask.update(padded(this.#block, tag))
    const hidden = Buffer.alloc(half)
    hidden.writeUIntBE(id, 0, half)
    for (let i = 0; i < half; i++) hidden[i]! ^= mask[i]!
    return tag.toString('hex') + hidden.toString('hex')
  }

  #decode(kind: Kind, text: unknown): number | null {
    if (typeof text !== 'string') return null
    const known = this.#numbers.get(text)
    if (known !== undefined) return known % 4 === kinds[kind] ? Math.floor(known / 4) : null
    if (!shape.test(text)) return null
    const bytes = Buffer.from(text, 'hex')
    const tag = bytes.subarray(0, half)
    const mask = this.#mask.update(padded(this.#block, tag))
    const shown = bytes.subarray(half)
    for (let i = 0; i < half; i++) shown[i]! ^= mask[i]!
    const id = shown.readUIntBE(0, half)
    if (!this.#tagOf(kind, id).equals(tag)) return null
    // Only what is ours is remembered, so that nobody fills the memory with inventions; and not the text that came, which
    // may be a part of a long one and keep it all.
    this.#remember(id * 4 + kinds[kind], this.#made(kind, id))
    return id
  }

  /** The oldest half of what is remembered goes when there is too much of it. */
  #remember(key: number, text: string): void {
    if (this.#texts.size >= maxRemembered) {
      this.#texts = new Map([...this.#texts].slice(maxRemembered / 2))
      this.#numbers = new Map([...this.#numbers].slice(maxRemembered / 2))
    }
    this.#texts.set(key, text)
    this.#numbers.set(text, key)
  }

  #tagOf(kind: Kind, id: number): Buffer {
    const block = this.#block.fill(0)
    block[0] = kinds[kind]
    block.writeUIntBE(id, 1, half)
    return this.#tag.update(block).subarray(0, half)
  }
}

/** One block after the other under one key, each by itself: made once for all of them. */
function blockCipher(key: Buffer, purpose: string): Cipheriv {
  const own = createHash('sha256').update(key).update(purpose).digest()
  return createCipheriv('aes-256-ecb', own, null).setAutoPadding(false)
}

function padded(block: Buffer, tag: Buffer): Buffer {
  block.fill(0)
  tag.copy(block)
  return block
}

async function storedKey(store: Store, appId: AppId): Promise<Buffer | null> {
  const document = await store.documents.byKey(appId, collection, 'key')
  const key = document?.body['key']
  return typeof key === 'string' ? Buffer.from(key, 'hex') : null
}

async function newKey(store: Store, appId: AppId): Promise<Buffer> {
  const key = randomBytes(32)
  try {
    await store.documents.add(appId, collection, { key: key.toString('hex') }, { key: 'key' })
    return key
  } catch (error) {
    // Another process was first.
    const known = error instanceof ChatError && error.code === 'conflict' ? await storedKey(store, appId) : null
    if (!known) throw error
    return known
  }
}
