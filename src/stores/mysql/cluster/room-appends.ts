import { ChatError } from '../../../core/errors.ts'
import type { AppId, Room, RoomId } from '../../../core/model.ts'
import type { Append, Author, Clock, Decide, Log } from '../../../core/ports.ts'
import type { RoomLog } from '../../../core/room-log.ts'
import type { MysqlMessages } from '../messages.ts'
import { AppendJob, notNow } from './append-jobs.ts'
import { EarlierMessages } from './earlier.ts'
import type { KnownRooms } from './known-rooms.ts'
import { plan, type Plan } from './plan.ts'
import { endOf, seqOfEnd, type Step } from './step.ts'
import type { UnsettledEntries } from './unsettled.ts'

export interface RoomAppendsOptions {
  readonly rooms: KnownRooms
  readonly unsettled: UnsettledEntries
  readonly messages: MysqlMessages
  readonly roomLog: RoomLog
  readonly newUid: () => string
  /** When a sender hears that it is kept: once it is in the database, or in the log. */
  readonly ack: 'stored' | 'accepted'
  /** How long a sender waits. */
  readonly patienceMs: number
  /** Reads from the database where a room is. */
  readonly endInDatabase: (roomId: RoomId) => Promise<string | null>
  /** Reads from the database which of these steps are there. */
  readonly keptOf: (steps: readonly Step[]) => Promise<ReadonlySet<string>>
  readonly now: Clock
  readonly log: Log
}

interface Sent {
  readonly job: AppendJob
  readonly step: Step
  /** Heard before it was read. */
  isKept: boolean
}

const maxBatch = 200
/** Beyond it senders are told at once to try again. */
const maxUnsettled = 20_000
const maxQueued = 10_000
/** A log that knows another end for so long, while nothing is read of the room, has it from another time. */
const strangeEndMs = 3000

/**
 * The appends of this node. Those of one room go one step after the other, each with all that wait: decided on the room as it
 * is here, and appended if it is still so in the log; else decided anew, when this node has read what came between.
 */
export class RoomAppends {
  readonly #options: RoomAppendsOptions
  readonly #queues = new Map<RoomId, AppendJob[]>()
  /** Taken from the queues, and being decided and sent. */
  readonly #underWay = new Map<RoomId, readonly AppendJob[]>()
  /** Sent to the log, and not read of it. */
  readonly #sent = new Map<string, Sent>()
  /** Read of the log, and not known to be in the database. */
  readonly #unkept = new Map<string, Sent>()
  /** They repeat what was sent before, and wait for that to be in the database. */
  readonly #repeating = new Set<AppendJob>()
  #queued = 0
  #isClosed = false
  #swept: (() => void) | null = null
  /** Steps that were decided again, because another node came first. */
  retried = 0

  constructor(options: RoomAppendsOptions) {
    this.#options = options
  }

  get waiting(): number {
    return this.#queued + this.#sent.size + this.#unkept.size + this.#repeating.size
  }

  append(appId: AppId, roomId: RoomId, decide: Decide, by: Author): Append {
    const job = new AppendJob(appId, decide, by, performance.now() + this.#options.patienceMs)
    if (this.#isClosed || this.#options.unsettled.size >= maxUnsettled || this.#queued >= maxQueued) {
      job.refuse(notNow())
      return job.append
    }
    this.#queued++
    const queue = this.#queues.get(roomId)
    if (queue) queue.push(job)
    else {
      this.#queues.set(roomId, [job])
      void this.#run(roomId)
    }
    return job.append
  }

  /** What this node has sent and not read yet needn't be read from its text. */
  stepOf(uid: string): Step | undefined {
    return this.#sent.get(uid)?.step
  }

  /** A step was read of the log: its sender may know that everyone hears of it. */
  read({ uid, events }: Step, room: Room): void {
    const sent = this.#sent.get(uid)
    if (!sent) return
    this.#sent.delete(uid)
    sent.job.order({ room, events })
    if (this.#options.ack === 'accepted' || sent.isKept) sent.job.keep()
    else this.#unkept.set(uid, sent)
  }

  settled(uid: string, isKept: boolean): void {
    const sent = this.#sent.get(uid)
    if (sent) {
      // What is void was told to nobody: it is decided anew.
      if (isKept) sent.isKept = true
      else this.#sent.delete(uid)
      return
    }
    const unkept = this.#unkept.get(uid)
    if (!unkept) return
    this.#unkept.delete(uid)
    if (isKept) unkept.job.keep()
    else void this.#refuseVoid(unkept)
  }

  /** Nobody knows any more what became of what was sent. */
  lost(isOfPartition: (roomId: RoomId) => boolean): void {
    for (const [uid, { job, step }] of this.#sent) {
      if (!isOfPartition(step.roomId)) continue
      this.#sent.delete(uid)
      job.refuse(notNow())
    }
  }

  /** Whoever waited long enough is told to try again. `now` by the clock of this process. */
  sweep(now: number): void {
    for (const [uid, { job }] of this.#sent) if (job.deadline <= now) this.#giveUp(job, this.#sent, uid)
    for (const [uid, { job }] of this.#unkept) if (job.deadline <= now) this.#giveUp(job, this.#unkept, uid)
    for (const jobs of [...this.#queues.values(), ...this.#underWay.values(), this.#repeating])
      for (const job of jobs) if (job.deadline <= now && !job.isKnown) job.refuse(notNow())
    this.#options.rooms.wake()
    this.#swept?.()
  }

  /** Takes no more, and resolves when every sender has its answer. */
  async close(): Promise<void> {
    this.#isClosed = true
    while (this.waiting > 0) await new Promise<void>((resolve) => (this.#swept = resolve))
  }

  async #refuseVoid({ job, step: { roomId } }: Sent): Promise<void> {
    // Removed meanwhile, as a rule.
    const isThere = await this.#options.rooms.find(roomId).then(Boolean, () => true)
    job.refuse(isThere ? notNow() : noSuchRoom())
  }

  #giveUp(job: AppendJob, from: Map<string, unknown>, uid: string): void {
    from.delete(uid)
    job.refuse(notNow())
  }

  async #run(roomId: RoomId): Promise<void> {
    const queue = this.#queues.get(roomId) ?? []
    // All of this turn of the event loop, and not only who came first.
    await new Promise(setImmediate)
    while (queue.length > 0) {
      const jobs = queue.splice(0, maxBatch)
      this.#underWay.set(roomId, jobs)
      try {
        await this.#appendAll(roomId, jobs)
      } catch (error) {
        for (const job of jobs) if (!job.isOver) job.refuse(error)
      }
      this.#queued -= jobs.length
    }
    this.#underWay.delete(roomId)
    this.#queues.delete(roomId)
  }

  async #appendAll(roomId: RoomId, all: readonly AppendJob[]): Promise<void> {
    const { rooms, unsettled, messages, newUid, now } = this.#options
    let earlier: EarlierMessages | null = null
    try {
      for (;;) {
        const known = rooms.get(roomId) ?? (await rooms.find(roomId))
        // Some were told to try again meanwhile.
        const jobs = all.filter((job) => !job.isOver && isOf(job, known?.room))
        if (!known || jobs.length === 0) return
        const next = plan(known, jobs, earlier, newUid, now())
        const { ids, keys } = next.lacking
        if (next.entries.length > 0) await this.#send(next)
        else if (ids.length > 0 || keys.length > 0) {
          // Begun before the look-up, so that nothing falls between.
          earlier ??= new EarlierMessages(roomId, rooms, unsettled, messages)
          await earlier.read(ids, keys)
          continue
        }
        if (next.jobs.every(({ job }) => job.isOver)) this.#answer(next)
      }
    } finally {
      earlier?.end()
    }
  }

  #answer({ answers }: Plan): void {
    for (const { job, appended, step } of answers) {
      job.order(appended)
      if (step === null || this.#options.ack === 'accepted') job.keep()
      else void this.#keepWith(step, job)
    }
  }

  /** What it repeats may be void yet. */
  async #keepWith(step: Step, job: AppendJob): Promise<void> {
    const { roomLog, unsettled, keptOf } = this.#options
    this.#repeating.add(job)
    try {
      const isKept = await unsettled.fateOf(roomLog.partitionOf(step.roomId), step.uid)
      if (isKept ?? (await keptOf([step])).has(step.uid)) job.keep()
      else job.refuse(notNow())
    } catch {
      job.refuse(notNow())
    } finally {
      this.#repeating.delete(job)
    }
  }

  /** Resolves when all of it was read, or when it is to be decided anew. */
  async #send(next: Plan): Promise<void> {
    const { rooms, roomLog } = this.#options
    const { roomId, before, after, entries, jobs } = next
    for (const [index, { uid }] of entries.entries()) this.#sent.set(uid, { ...jobs[index]!, isKept: false })
    const isUnread = (): boolean => entries.some(({ uid }) => this.#sent.has(uid))
    while (isUnread()) {
      let end: string
      try {
        end = (await roomLog.append(roomId, before, after, entries)).end
      } catch {
        // Nobody knows whether it was done: the same again says so, if it isn't read before that.
        if (isUnread()) await rooms.moved(roomId)
        continue
      }
      if (end !== after && !(await this.#isBehind(next, end))) return
      while (isUnread()) await rooms.moved(roomId)
    }
  }

  /**
   * Another node came first, or both: what was sent is in the log before that end, or it isn't in the log. Resolves when that is
   * known: with true if it is there and will be read, else it is to be decided anew.
   */
  async #isBehind({ roomId, before, entries, jobs }: Plan, end: string): Promise<boolean> {
    const { rooms, roomLog, endInDatabase, keptOf, log } = this.#options
    this.retried++
    let seen = before
    let since = performance.now()
    for (;;) {
      const known = rooms.get(roomId) ?? (await rooms.find(roomId))
      const here = known && endOf(known.room.lastSeq, known.lastAppend)
      if (!here || here === end || (here !== before && known.room.lastSeq >= seqOfEnd(end))) {
        // The database may have it before it is read here.
        const isAhead = known !== null && known.loadedSeq > seqOfEnd(before)
        if (isAhead && (await keptOf([jobs[0]!.step])).size > 0) return true
        break
      }
      if (!entries.some(({ uid }) => this.#sent.has(uid))) return false
      if (here !== seen) since = performance.now()
      seen = here
      if (performance.now() - since > strangeEndMs && (await endInDatabase(roomId)) === here) {
        log.warn({ roomId, here, end }, 'the log has the end of a room from another time; it is forgotten')
        await roomLog.forget(roomId, end).catch(() => {})
        break
      }
      await rooms.moved(roomId)
    }
    for (const { uid } of entries) this.#sent.delete(uid)
    return false
  }
}

/** Of another app, or where there is no room, nothing can be done. */
function isOf(job: AppendJob, room: Room | undefined): boolean {
  if (job.appId === room?.appId) return true
  job.refuse(noSuchRoom())
  return false
}

function noSuchRoom(): ChatError {
  return new ChatError('not_found', 'there is no such room')
}
