import { ProcessNodes } from '../../src/buses/process-nodes.ts'
import type { Nodes } from '../../src/core/nodes.ts'
import type { Clock } from '../../src/core/ports.ts'

/** A node that serves alone. */
export function loneNode(now: Clock = Date.now): Nodes {
  return new ProcessNodes({ url: '', version: '', settings: '', files: '', startedAt: now() }, now)
}
