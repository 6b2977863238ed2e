import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { RedisConnections } from '../../src/buses/redis/redis-connection.ts'
import { RedisRoomLog, type RedisRoomLogOptions } from '../../src/buses/redis/room-log.ts'
import type { RoomId } from '../../src/core/model.ts'
import type { LogEntry, LogFollower, ReadEntry, Settled } from '../../src/core/room-log.ts'
import { RecordedLog } from './recorded-log.ts'

/** What one node hears of a room log, in the order it hears it. */
export class LogEar implements LogFollower {
  readonly entries: ReadEntry[] = []
  readonly told: Settled[] = []
  readonly losses: number[] = []
  /** Awaited before a loss is made good. */
  recovery: Promise<void> = Promise.resolve()
  readonly #heard = new EventEmitter().setMaxListeners(0)

  read(_partition: number, entries: readonly ReadEntry[]): void {
    this.entries.push(...entries)
    this.#heard.emit('heard')
  }

  settled(_partition: number, settled: Settled): void {
    this.told.push(settled)
    this.#heard.emit('heard')
  }

  async lost(partition: number): Promise<void> {
    this.losses.push(partition)
    this.#heard.emit('heard')
    await this.recovery
  }

  /** Of what was read, in one room or all. */
  uids(roomId?: number): string[] {
    return this.entries.filter((entry) => roomId === undefined || entry.roomId === roomId).map(({ uid }) => uid)
  }

  positionOf(uid: string): string {
    const entry = this.entries.findLast((one) => one.uid === uid)
    if (!entry) throw new Error(`${uid} was not read`)
    return entry.position
  }

  async reads(...uids: string[]): Promise<void> {
    await this.until(() => uids.every((uid) => this.entries.some((entry) => entry.uid === uid)))
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(this.#heard, 'heard')
  }
}

/** A room log as one node has it, with short times. `await using` closes it. */
export class LogNode implements AsyncDisposable {
  readonly ear = new LogEar()
  readonly said = new RecordedLog()
  readonly log: RedisRoomLog

  readonly #connections: RedisConnections

  constructor(url: string, options: Partial<RedisRoomLogOptions> = {}) {
    const times = { tickMs: 50, leaseMs: 400, appendMs: 500 }
    const { said } = this
    this.#connections = new RedisConnections({ url, name: 'test', log: said, commandTimeoutMs: 500, silenceMs: 1000 })
    const { nodeId = randomUUID() } = options
    this.log = new RedisRoomLog({
      connections: this.#connections,
      prefix: 'test',
      nodeId,
      nodes: () => [nodeId],
      log: said,
      ...times,
      ...options,
    })
  }

  /** One that follows. */
  static async open(url: string, options: Partial<RedisRoomLogOptions> = {}): Promise<LogNode> {
    const node = new LogNode(url, options)
    await node.log.follow(node.ear)
    return node
  }

  /** Where the room is afterwards. */
  async append(roomId: number, before: string, ...uids: string[]): Promise<string> {
    const { end } = await this.log.append(
      roomId as RoomId,
      before,
      uids.at(-1) ?? '',
      uids.map((uid) => entry(roomId, uid)),
    )
    return end
  }

  /** Tries until the log takes it. */
  async appendAtLast(roomId: number, before: string, ...uids: string[]): Promise<string> {
    for (;;) {
      try {
        return await this.append(roomId, before, ...uids)
      } catch {
        await new Promise(setImmediate)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.close()
    this.#connections.close()
  }
}

export function entry(roomId: number, uid: string): LogEntry {
  return { roomId: roomId as RoomId, uid, text: JSON.stringify({ uid }) }
}
