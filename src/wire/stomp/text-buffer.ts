/**
 * Pieces of a text that comes in several messages. Copies them into one block that doubles: joining strings with
 * `+` keeps every piece and 32 bytes for each join, 2 MiB for a body of 64 KiB that comes a character at a time.
 */
export class TextBuffer {
  #block: Buffer = Buffer.allocUnsafeSlow(128)
  #bytes = 0

  /** In UTF-16 code units. */
  get length(): number {
    return this.#bytes / 2
  }

  append(text: string): void {
    const needed = this.#bytes + 2 * text.length
    if (needed > this.#block.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#block.length))
      this.#block.copy(bigger, 0, 0, this.#bytes)
      this.#block = bigger
    }
    // utf16le keeps the halves of a surrogate pair that two messages share.
    this.#bytes += this.#block.write(text, this.#bytes, 'utf16le')
  }

  toString(): string {
    return this.#block.toString('utf16le', 0, this.#bytes)
  }
}
