import type { Swept } from '../../../core/broom.ts'
import type { AppId, Meta } from '../../../core/model.ts'
import type { Nodes, Roster } from '../../../core/nodes.ts'
import type { Clock, Log } from '../../../core/ports.ts'
import { Understudy } from '../../../core/understudy.ts'
import { sign } from '../../../wire/pusher/signatures.ts'
import type { Occurrence } from '../channels.ts'
import { digest } from '../digest.ts'
import type { LaravelApp } from '../settings.ts'
import type { Notice } from './webhook-events.ts'

export interface PusherWebhooksOptions {
  readonly apps: readonly LaravelApp[]
  readonly nodes: Nodes
  /** There will be no other node. */
  readonly isAlone: boolean
  /** Keeps a call for later; false when too many wait already. */
  readonly add: (appId: AppId, body: Meta) => Promise<boolean>
  readonly log: Log
  readonly now: Clock
}

/** Who comes back within this time was never away: a page that is loaded again is no news. */
const lingerMs = 3000
/** One webhook's events. */
const maxBatch = 100
const maxBatchChars = 131_072
/** What remembering a coming or going takes, about. */
const noticeBytes = 1000
/** Until a node knows what another has just done. */
const hearsayMs = 200
/** The one key of the roster. */
const stays = 'stays'
/** Until a node knows which others there are, and until older ones have had their chance to be the one that tells. */
const acquaintedMs = 3000
const givesWayMs = 10_000
/** Where all nodes stop: until the one that tells has told, or left it to this one. */
const lastWordsMs = 2000

interface Batch {
  readonly app: LaravelApp
  readonly notices: Notice[]
  chars: number
  /** Resolves when all of it is kept. */
  readonly kept: PromiseWithResolvers<void>
}

interface Told {
  readonly app: LaravelApp
  readonly notice: Notice
}

interface Leaving extends Told {
  readonly dueAt: number
}

/**
 * Tells applications what happens in their channels: what happens within a second goes in one call. Every node sees who
 * comes and goes, and one of them tells; what a client did, its own node tells.
 */
export class PusherWebhooks implements Swept {
  readonly #options: PusherWebhooksOptions
  readonly #apps: ReadonlyMap<AppId, LaravelApp>
  readonly #batches = new Map<AppId, Batch>()
  /** Whoever left last is last, so a sweep looks at no more than those who are due. */
  readonly #leaving = new Map<string, Leaving>()
  /** What is being kept: as many as one commit takes. */
  readonly #adding = new Set<Promise<void>>()

  /** Who comes and goes. */
  readonly #seen: Understudy<Told>
  /** Nodes that will be there to tell. */
  readonly #staying: Roster
  readonly #openedAt: number
  #isReady = false

  constructor(options: PusherWebhooksOptions) {
    this.#options = options
    const hooked = options.apps.filter(({ settings }) => settings.webhooks.length > 0)
    this.#apps = new Map(hooked.map((one) => [one.app.id, one]))
    this.#seen = new Understudy({
      nodes: options.nodes,
      name: 'pusher-webhooks',
      act: ({ app, notice }) => this.#say(app, notice),
      keyOf: ({ app, notice }) => digest(app.app.id, JSON.stringify(notice)),
      bytesOf: () => noticeBytes,
      now: options.now,
    })
    this.#staying = options.nodes.roster('pusher-webhooks')
    this.#openedAt = options.now()
    if (this.#apps.size === 0) return
    if (options.isAlone) this.#getReady()
    this.#staying.put(stays, '1')
  }

  /** What a client did. */
  notify(app: LaravelApp, notice: Notice): void {
    if (isWanted(app, notice)) void this.#say(app, notice)
  }

  /** Resolves when it is kept. */
  #say(app: LaravelApp, notice: Notice): Promise<void> {
    let batch = this.#batches.get(app.app.id)
    if (!batch) {
      batch = { app, notices: [], chars: 0, kept: Promise.withResolvers<void>() }
      this.#batches.set(app.app.id, batch)
    }
    batch.notices.push(notice)
    batch.chars += notice.name === 'client_event' ? notice.data.length : 0
    if (batch.notices.length >= maxBatch || batch.chars >= maxBatchChars) this.#send(batch)
    return batch.kept.promise
  }

  happened(occurrence: Occurrence): void {
    const app = this.#apps.get(occurrence.app.id)
    if (!app) return
    const { channel } = occurrence
    switch (occurrence.type) {
      case 'channel_occupied':
        return this.#came(app, JSON.stringify([app.app.id, channel]), { name: occurrence.type, channel })
      case 'channel_vacated':
        return this.#went(app, JSON.stringify([app.app.id, channel]), { name: occurrence.type, channel })
      case 'member_added':
      case 'member_removed': {
        const notice = { name: occurrence.type, channel, user_id: occurrence.userId }
        const key = JSON.stringify([app.app.id, channel, occurrence.userId])
        return occurrence.type === 'member_added' ? this.#came(app, key, notice) : this.#went(app, key, notice)
      }
    }
  }

  sweep(now: number): void {
    if (!this.#isReady && this.#mayTell()) this.#getReady()
    this.#noticeGone(now)
    this.#seen.sweep(this.#options.now())
    for (const batch of this.#batches.values()) this.#send(batch)
  }

  /** This node won't be there much longer: who goes with it is told by those that stay. */
  leave(): void {
    this.#staying.remove(stays)
  }

  /** Says what is still to be said; when no node stays, of those who left last too. Resolves when it is kept. */
  async close(): Promise<void> {
    // All may have been told to go at the same moment.
    if (this.#apps.size > 0 && this.#options.nodes.all.length > 1) await elapsed(hearsayMs)
    const isLast = this.#staying.others(stays).size === 0
    if (isLast) this.#getReady()
    this.#isReady = true
    this.sweep(isLast ? Infinity : this.#options.now())
    if (isLast) await this.#seen.settle(lastWordsMs)
    for (const batch of this.#batches.values()) this.#send(batch)
    await Promise.all([this.#seen.stop(), ...this.#adding])
  }

  /**
   * A node takes what it first sees on older ones for old. Where all start at once it mustn't be the one that tells, or
   * nobody would tell what came there in those seconds: the oldest has seen all of it.
   */
  #mayTell(): boolean {
    const { nodes, now } = this.#options
    const age = now() - this.#openedAt
    if (age < acquaintedMs) return false
    const own = nodes.all.find(({ id }) => id === nodes.id)
    return age >= givesWayMs || nodes.all.every(({ startedAt }) => startedAt >= (own?.startedAt ?? 0))
  }

  /** Once: not again after its end. */
  #getReady(): void {
    if (this.#isReady || this.#apps.size === 0) return
    this.#isReady = true
    this.#seen.start()
  }

  #came(app: LaravelApp, key: string, notice: Notice): void {
    // Not by the sweep, which comes to each node at another moment: all are to notice the same.
    this.#noticeGone(this.#options.now())
    if (!this.#leaving.delete(key) && isWanted(app, notice)) this.#seen.notice({ app, notice })
  }

  /** Those who didn't come back in time. */
  #noticeGone(now: number): void {
    for (const [key, { app, notice, dueAt }] of this.#leaving) {
      if (dueAt > now) break
      this.#leaving.delete(key)
      this.#seen.notice({ app, notice })
    }
  }

  #went(app: LaravelApp, key: string, notice: Notice): void {
    if (isWanted(app, notice)) this.#leaving.set(key, { app, notice, dueAt: this.#options.now() + lingerMs })
  }

  #send({ app, notices, kept }: Batch): void {
    this.#batches.delete(app.app.id)
    const { add, log, now } = this.#options
    const all: Promise<void>[] = []
    for (const { url, events } of app.settings.webhooks) {
      const wanted = notices.filter(({ name }) => events.includes(name))
      if (wanted.length === 0) continue
      const text = JSON.stringify({ time_ms: now(), events: wanted })
      const adding = add(app.app.id, { url, text })
        .then(
          () => {},
          (error: unknown) => log.error({ error }, 'a webhook could not be kept'),
        )
        .finally(() => this.#adding.delete(adding))
      this.#adding.add(adding)
      all.push(adding)
    }
    void Promise.all(all).then(() => kept.resolve())
  }
}

function isWanted(app: LaravelApp, { name }: Notice): boolean {
  return app.settings.webhooks.some(({ events }) => events.includes(name))
}

/** The call of a webhook that was kept. Null when the app has no such webhook any more. */
export function pusherWebhook(
  apps: readonly LaravelApp[],
  { appId, body }: { readonly appId: AppId; readonly body: Meta },
): { url: string; headers: Record<string, string>; body: string; publicOnly: boolean } | null {
  const { url, text } = body
  const app = apps.find((one) => one.app.id === appId)
  if (!app || typeof url !== 'string' || typeof text !== 'string') return null
  const { key, secret, webhooks } = app.settings
  if (!webhooks.some((hook) => hook.url === url)) return null
  const headers = {
    'Content-Type': 'application/json',
    'X-Pusher-Key': key,
    'X-Pusher-Signature': sign(secret, text),
  }
  return { url, headers, body: text, publicOnly: false }
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
