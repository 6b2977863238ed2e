import type { RedisClient } from '../../buses/redis/redis-connection.ts'
import { readCards } from '../../buses/redis/redis-members.ts'
import type { NodeCard } from '../../core/nodes.ts'
import { version } from '../../version.ts'
import { bad, doubt, good, reasonOf, type Finding } from './finding.ts'

const answerTimeoutMs = 2000

/** Whether the nodes that are alive agree with each other, and with the settings here. */
export async function checkNodes(client: RedisClient, prefix: string, settings: string): Promise<Finding[]> {
  // One that starts has no address yet.
  const cards = (await readCards(client, prefix)).filter(({ url }) => url !== '')
  if (cards.length === 0) return [good('no node is alive yet')]
  return [...compareNodes(cards, settings), ...(await Promise.all(cards.map(checkReach)))]
}

export function compareNodes(cards: readonly NodeCard[], settings: string): Finding[] {
  const findings = [
    good(
      `${cards.length} ${cards.length === 1 ? 'node is' : 'nodes are'} alive: ${cards.map(({ url }) => url).join(', ')}`,
    ),
  ]
  const versions = [...new Set([version, ...cards.map((card) => card.version)])].sort()
  findings.push(
    versions.every((one) => areClose(one, version))
      ? good(`versions: ${versions.join(', ')}`)
      : bad(
          `the nodes and this program have versions that are more than one apart: ${versions.join(', ')}`,
          'upgrade by one version at a time',
        ),
  )
  // Another version has other settings.
  const others = cards.filter((card) => card.version === version && card.settings !== settings)
  findings.push(
    others.length === 0
      ? good('all nodes have the settings and apps that are here')
      : bad(
          `not the settings or apps that are here: ${others.map(({ url }) => url).join(', ')}`,
          'give all nodes the same ones, and restart one after the other',
        ),
  )
  const folders = new Set(cards.map(({ files }) => files))
  findings.push(
    folders.size === 1
      ? good('all nodes have the same folder of uploaded files')
      : bad(
          'nodes have different folders of uploaded files: what one takes, others can’t find',
          'put PARLANCE_DATA_DIR of all on one shared volume',
        ),
  )
  return findings
}

async function checkReach({ url }: NodeCard): Promise<Finding> {
  const advice = 'set PARLANCE_NODE_URL of that node to where the others reach it, and let the network pass it'
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(answerTimeoutMs), redirect: 'error' })
    const { status } = (await response.json()) as { status?: unknown }
    return status === 'ok'
      ? good(`${url} answers that it is well`)
      : doubt(`${url} answers that it is ${JSON.stringify(status)}`, 'GET /readyz there says why')
  } catch (error) {
    return bad(`${url} can’t be reached from here: ${reasonOf(error)}`, advice)
  }
}

/** Next to each other: the same but for the last number, or one step in the middle one. */
function areClose(one: string, other: string): boolean {
  const [major, minor] = one.split('.').map(Number)
  const [otherMajor, otherMinor] = other.split('.').map(Number)
  return major === otherMajor && Math.abs(Number(minor) - Number(otherMinor)) <= 1
}
