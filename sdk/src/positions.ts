/** `[seq, epoch]`: the last event of a channel that was heard, and when the channel was made, which tells it from another of the same name. */
export type Position = readonly [seq: number, epoch: number]

/** More than a server attaches to one connection. */
const maxChannels = 1000

/** How far each channel was heard, so that it can be resumed there. */
export class Positions {
  readonly #positions = new Map<string, Position>()

  of(channelId: string): Position | undefined {
    return this.#positions.get(channelId)
  }

  /** Of all channels. Those heard last win, where there are too many. */
  all(): Record<string, Position> {
    return Object.fromEntries(this.#positions)
  }

  some(channelIds: readonly string[]): Record<string, Position> {
    // Not by assignment: a channel may be called `__proto__`.
    return Object.fromEntries(
      channelIds.flatMap((id) => {
        const position = this.#positions.get(id)
        return position ? [[id, position] as const] : []
      }),
    )
  }

  set(channelId: string, position: Position): void {
    this.#positions.delete(channelId)
    this.#positions.set(channelId, position)
    if (this.#positions.size <= maxChannels) return
    const oldest = this.#positions.keys().next()
    if (!oldest.done) this.#positions.delete(oldest.value)
  }

  forget(channelId: string): void {
    this.#positions.delete(channelId)
  }

  clear(): void {
    this.#positions.clear()
  }

  /** `new`: it is the next one, and heard from now on. `old`: it was heard before. `hole`: something before it was not. */
  hear(channelId: string, seq: number, epoch: number | undefined): 'new' | 'old' | 'hole' {
    const position = this.#positions.get(channelId)
    if (position && (epoch === undefined || epoch === position[1])) {
      if (seq <= position[0]) return 'old'
      if (seq > position[0] + 1) return 'hole'
      this.set(channelId, [seq, position[1]])
      return 'new'
    }
    this.set(channelId, [seq, epoch ?? 0])
    return 'new'
  }
}
