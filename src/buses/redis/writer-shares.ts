import { createHash } from 'node:crypto'

/**
 * Which node is to bring which partition to the store, the same wherever it is asked: each node gets as many as any other, or one less,
 * and a node that comes or goes moves few.
 */
export function sharesOf(nodeIds: readonly string[], partitions: number): readonly string[] {
  const most = Math.ceil(partitions / nodeIds.length)
  const counts = new Map<string, number>()
  const shares: string[] = []
  for (let partition = 0; partition < partitions; partition++) {
    let chosen = ''
    let best = ''
    for (const nodeId of nodeIds) {
      if ((counts.get(nodeId) ?? 0) >= most) continue
      const score = createHash('sha1').update(`${partition} ${nodeId}`).digest('hex')
      if (score > best) [chosen, best] = [nodeId, score]
    }
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
    shares.push(chosen)
  }
  return shares
}
