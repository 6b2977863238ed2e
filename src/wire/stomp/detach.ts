import type { StompFrame, StompHeaders } from './frame.ts'

/**
 * A copy that shares nothing with the text it was cut from. V8 keeps the whole parent of a slice alive, so a
 * 20-character id that is kept would keep the message it came in, at a size that the client chooses.
 * JSON is the copy that keeps one-byte strings and lone surrogates as they are.
 */
export function detachText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}

export function detachHeaders(headers: StompHeaders): Map<string, string> {
  const copy = new Map<string, string>()
  for (const [name, value] of headers) copy.set(detachText(name), detachText(value))
  return copy
}

export function detachFrame(frame: StompFrame): StompFrame {
  return { command: frame.command, headers: detachHeaders(frame.headers), body: detachText(frame.body) }
}

/** About what a frame costs while it is held. */
export function frameBytes(frame: StompFrame): number {
  let bytes = 256 + 2 * frame.body.length
  for (const [name, value] of frame.headers) bytes += 96 + 2 * (name.length + value.length)
  return bytes
}
