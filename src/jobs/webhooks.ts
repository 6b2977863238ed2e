import type { Swept } from '../core/broom.ts'
import type { AppId, Meta } from '../core/model.ts'
import type { Lease, Nodes, Roster } from '../core/nodes.ts'
import type { Clock, Errand, ErrandStore, Log } from '../core/ports.ts'

/** What is sent. */
export interface WebhookCall {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The address came with a request, not from the configuration: it must not lead into a private network. */
  readonly publicOnly: boolean
}

/**
 * Makes the call when its time has come, so that addresses, secrets and tokens are the configuration's of now and never
 * stored. Null: nobody wants it any more. `id` is the same at each attempt: what is told at least once can be told apart.
 */
export type ComposeWebhook = (errand: {
  readonly id: number
  readonly appId: AppId
  readonly body: Meta
}) => WebhookCall | null | Promise<WebhookCall | null>

export interface WebhooksOptions {
  readonly errands: ErrandStore
  readonly nodes: Nodes
  /** Answers with the HTTP status, or rejects. */
  readonly call: (call: WebhookCall, timeoutMs: number) => Promise<number>
  /** By the errand's `purpose`. */
  readonly compose: Readonly<Record<string, ComposeWebhook>>
  /** The apps that may have webhooks. Each has a queue of its own: one that doesn't answer keeps nobody else waiting. */
  readonly apps: readonly AppId[]
  readonly timeoutMs: number
  /** How often one is tried before it is given up. */
  readonly maxAttempts: number
  /** What may wait for one app, on all nodes. Past it new ones are dropped, and the log says so. */
  readonly maxWaiting: number
  readonly now: Clock
  readonly log: Log
}

const second = 1000
/** Before the second attempt, the third, and so on; the last one is for all that follow. */
const pausesMs = [second, 5 * second, 30 * second, 120 * second, 600 * second, 1800 * second, 3600 * second]
const atOnce = 8

/** One app's queue. */
interface Queue {
  readonly appId: AppId
  readonly kind: string
  walking: Promise<void> | null
  /** Something came while it walked. */
  again: boolean
  /** What came to this node and waits; what an earlier process left is found when it is due. */
  waiting: number
  /** As the other nodes know it. */
  waitingTold: number
  dropped: number
}

/**
 * Tells other servers what happened: kept until they answered 2xx, so that it outlives a restart, with growing pauses between
 * attempts. Of several nodes one makes the calls, whichever it came to.
 */
export class Webhooks implements Swept {
  readonly #options: WebhooksOptions
  readonly #queues: ReadonlyMap<AppId, Queue>
  readonly #lease: Lease
  /** What waits at each node, by app. */
  readonly #roster: Roster
  #stopped = false
  #dropped = 0

  constructor(options: WebhooksOptions) {
    this.#options = options
    const queue = (appId: AppId): Queue => ({
      appId,
      kind: `webhook ${appId}`,
      walking: null,
      again: false,
      waiting: 0,
      waitingTold: 0,
      dropped: 0,
    })
    this.#queues = new Map(options.apps.map((appId) => [appId, queue(appId)]))
    const { nodes } = options
    this.#lease = nodes.lease('webhooks')
    this.#roster = nodes.roster('webhooks')
    nodes.hear('webhook-kept', (appId) => void this.#deliverHere(this.#queues.get(appId as AppId)))
    nodes.hear('webhook-done', (text) => this.#doneElsewhere(text))
    // What was done meanwhile nobody told.
    nodes.onGap(() => {
      for (const one of this.#queues.values()) one.waiting = 0
    })
  }

  /** Resolves when it is kept; the call is made soon after. False: too many wait already, it was dropped. */
  async add(appId: AppId, purpose: string, body: Meta): Promise<boolean> {
    const { errands, nodes, maxWaiting, now } = this.#options
    const queue = this.#queues.get(appId)
    if (!queue) return false
    if (queue.waiting + this.#waitingElsewhere(appId) >= maxWaiting) {
      queue.dropped++
      this.#dropped++
      return false
    }
    queue.waiting++
    try {
      const at = { roomId: null, dueAt: now() }
      await errands.add({ appId, kind: queue.kind, body: { purpose, body, node: nodes.id }, ...at })
    } catch (error) {
      queue.waiting = Math.max(0, queue.waiting - 1)
      throw error
    }
    if (this.#lease.isHeld) void this.#deliver(queue)
    else nodes.tell('webhook-kept', appId)
    return true
  }

  /** What came to this node and waits. */
  get waiting(): number {
    let count = 0
    for (const queue of this.#queues.values()) count += queue.waiting
    return count
  }

  /** How many were dropped since the start. */
  get dropped(): number {
    return this.#dropped
  }

  sweep(): void {
    for (const queue of this.#queues.values()) {
      void this.#deliverHere(queue)
      this.#tellWaiting(queue)
      if (queue.dropped === 0) continue
      const { appId, dropped } = queue
      this.#options.log.warn({ app: appId, dropped }, 'webhooks were dropped: too many wait already')
      queue.dropped = 0
    }
  }

  /** Resolves when what was due is tried. */
  async deliver(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => this.#deliver(queue)))
  }

  /** Resolves when the calls under way have ended; what is left stays for the next start, or for another node. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#queues.values()].flatMap(({ walking }) => walking ?? []))
    this.#lease.release()
  }

  /** Only where it is this node's to do: the others needn't even look. */
  #deliverHere(queue: Queue | undefined): Promise<void> | undefined {
    return queue && this.#lease.isHeld ? this.#deliver(queue) : undefined
  }

  #deliver(queue: Queue): Promise<void> {
    if (queue.walking) queue.again = true
    queue.walking ??= this.#walk(queue)
      .catch((error: unknown) => this.#options.log.error({ error }, 'the webhooks that wait could not be read'))
      .finally(() => (queue.walking = null))
    return queue.walking
  }

  async #walk(queue: Queue): Promise<void> {
    const { errands, now } = this.#options
    for (;;) {
      queue.again = false
      if (this.#stopped || !this.#lease.isHeld) return
      const due = await errands.due(queue.kind, now(), atOnce)
      await Promise.all(due.map((errand) => this.#bring(queue, errand)))
      if (due.length === 0 && !queue.again) return
    }
  }

  async #bring(queue: Queue, errand: Errand): Promise<void> {
    const { errands, call, timeoutMs, maxAttempts, now, log } = this.#options
    try {
      const composed = await this.#composed(errand)
      const status = composed === null ? 204 : await call(composed, timeoutMs)
      if (status < 200 || status > 299) throw new Error(`answered ${status}`)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const attempt = errand.attempts + 1
      if (attempt < maxAttempts) {
        const pauseMs = pausesMs[Math.min(attempt, pausesMs.length) - 1] ?? 0
        return errands.failed(errand.id, reason, now() + pauseMs)
      }
      // Nobody will look at what is some hours old, and what is given up must not pile up.
      log.warn({ app: errand.appId, errand: errand.id, attempts: attempt, reason }, 'a webhook was given up')
    }
    this.#isDone(queue, errand)
    await errands.done(errand.id)
  }

  #isDone(queue: Queue, { appId, body }: Errand): void {
    const { nodes } = this.#options
    if (body['node'] === nodes.id) queue.waiting = Math.max(0, queue.waiting - 1)
    else if (nodes.all.length > 1) nodes.tell('webhook-done', JSON.stringify([appId, body['node']]))
  }

  #doneElsewhere(text: string): void {
    let told: unknown
    try {
      told = JSON.parse(text)
    } catch {
      return
    }
    const [appId, node] = Array.isArray(told) ? (told as readonly unknown[]) : []
    const queue = node === this.#options.nodes.id ? this.#queues.get(appId as AppId) : undefined
    if (queue) queue.waiting = Math.max(0, queue.waiting - 1)
  }

  #waitingElsewhere(appId: AppId): number {
    let count = 0
    for (const one of this.#roster.others(appId).values()) count += Number.parseInt(one, 10) || 0
    return count
  }

  #tellWaiting(queue: Queue): void {
    const { appId, waiting, waitingTold } = queue
    if (waiting === waitingTold) return
    queue.waitingTold = waiting
    if (waiting === 0) this.#roster.remove(appId)
    else this.#roster.put(appId, String(waiting))
  }

  async #composed({ id, appId, body }: Errand): Promise<WebhookCall | null> {
    const { purpose, body: inner } = body
    const { compose } = this.#options
    if (typeof purpose !== 'string' || !Object.hasOwn(compose, purpose)) return null
    return (await compose[purpose]?.({ id, appId, body: (inner ?? {}) as Meta })) ?? null
  }
}
