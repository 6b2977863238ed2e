import type { Machine } from '../report/machine.ts'
import type { ScenarioResult } from '../report/result.ts'

export interface Conditions {
  /** A smoke test: fewer clients, fewer rounds, numbers that mean nothing. */
  readonly quick: boolean
  /** An empty folder on a disk. */
  readonly folder: string
  /** Where CPU profiles of our server go; null for none. */
  readonly profileDir: string | null
  readonly machine: Machine
  /** What goes on, for who waits. */
  readonly say: (what: string) => void
}

export type Scenario = (conditions: Conditions) => Promise<ScenarioResult>
