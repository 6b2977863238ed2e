import { nodeCount } from './chosen-servers.ts'

const timeoutMs = 10_000

/**
 * Checks what a server knows at once. Where a run of the tests is on nodes, which hear of one another a moment later, it is checked
 * until as many requests in a row were answered as there are nodes. `check` throws, and may be repeated.
 */
export async function eventually(check: () => Promise<void>): Promise<void> {
  const until = Date.now() + timeoutMs
  for (let passed = 0; passed < nodeCount;) {
    try {
      await check()
      passed++
    } catch (error) {
      if (nodeCount === 1 || Date.now() > until) throw error
      passed = 0
    }
  }
}
