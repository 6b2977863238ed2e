import type { Settings } from '../config/table.ts'

/** The parts of the time that draining may take; all within `drainTimeoutMs`, half of which is for those told last. */
export function drainTimes({ drainTimeoutMs, drainDelayMs, drainSpreadMs }: Settings): {
  readonly delayMs: number
  readonly spreadMs: number
} {
  const delayMs = Math.min(drainDelayMs, drainTimeoutMs / 2)
  return { delayMs, spreadMs: Math.min(drainSpreadMs, (drainTimeoutMs - delayMs) / 2) }
}
