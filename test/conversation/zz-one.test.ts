import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import {
  commuTalk,
  cstalkTalk,
  gitpleliveTalk,
  laravelTalk,
  pintalkTalk,
  type Talk,
  type Who,
} from '../support/example-talks.ts'
import { freePort } from '../support/free-port.ts'
import { Haproxy } from '../support/haproxy.ts'
import { MariadbServer } from '../support/mariadb-server.ts'
import { RedisServer } from '../support/redis-server.ts'
import { ServerProcess } from '../support/server-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/**
 * What compose.yaml brings up, without containers: three nodes over a Redis and a MariaDB, behind HAProxy with the
 * configuration of deploy/, and the examples of all protocols in Chromium.
 */

/** For clients to come back. */
const patienceMs = 60_000
const metricsToken = 'metrics-of-three-nodes'
let mariadb: MariadbServer
let redis: RedisServer
let browser: Browser

before(async () => {
  ;[mariadb, redis, browser] = await Promise.all([MariadbServer.start(), RedisServer.start(), launchBrowser()])
})

after(async () => {
  await browser?.close()
  await Promise.all([mariadb, redis].map((server) => server?.[Symbol.asyncDispose]()))
})

/** How many clients a node has. */
async function clientsOf({ url }: ServerProcess): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } })
  const counts = (await response.text()).matchAll(/^parlance_connections\{\S+ (\d+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Both write in turns until enough was taken. What was not taken is written again, in other words. */
class Conversation {
  readonly talk: Talk
  readonly taken: string[] = []
  #attempts = 0

  constructor(talk: Talk) {
    this.talk = talk
  }

  async until(enough: number): Promise<void> {
    const giveUpAt = Date.now() + patienceMs
    while (this.taken.length < enough) {
      const text = `«${++this.#attempts}»`
      const who = (this.taken.length % 2) as Who
      try {
        await this.talk.say(who, text)
        this.taken.push(text)
      } catch (error) {
        console.log(this.talk.name, String(error).split('\n')[0])
        if (Date.now() > giveUpAt) throw error
      }
    }
  }

  /** That both find all of it, in one order, and nothing twice. */
  async verify(): Promise<void> {
    const { name } = this.talk
    const [one, other] = await Promise.all(
      ([0, 1] as const).map(async (who) => (await this.talk.read(who)).flatMap((line) => line.match(/«\d+»/g) ?? [])),
    )
    assert.deepEqual(one, other, `${name}: both see the same`)
    assert.equal(new Set(one).size, one?.length, `${name}: nothing is there twice`)
    const kept = new Set(this.taken)
    assert.deepEqual(
      one?.filter((text) => kept.has(text)),
      this.taken,
      `${name}: all that was taken is there, in the order in which it was taken`,
    )
  }
}

test(
  'three nodes behind the load balancer serve all five examples; one is killed, one is restarted, and nobody loses a message',
  { timeout: 170_000 },
  async () => {
    await using folder = await temporaryFolder()
    const env = {
      TRUSTED_PROXY_HOPS: '1',
      METRICS_TOKEN: metricsToken,
      MESSAGES_PER_SECOND: '1000',
      DRAIN_DELAY_MS: '2000',
      DRAIN_SPREAD_MS: '500',
    }
    const ports = [await freePort(), await freePort(), await freePort()]
    const startNode = (index: number) => ServerProcess.start(folder.path, { ...env, PORT: String(ports[index]) })
    const nodes = [await startNode(0)]
    await using stack = new AsyncDisposableStack()
    stack.defer(() => Promise.all(nodes.map((node) => node[Symbol.asyncDispose]())).then(() => {}))
    const balancer = stack.use(await Haproxy.start([nodes[0]!.url, nodes[0]!.url, nodes[0]!.url]))
    const conversations: Conversation[] = []
    for (const open of [cstalkTalk, pintalkTalk, commuTalk, laravelTalk, gitpleliveTalk])
      (console.log(open.name), conversations.push(new Conversation(stack.use(await open(browser, balancer.url)))))
    const all = (enough: number) => Promise.all(conversations.map((each) => each.until(enough)))
    await all(4)
    for (const node of nodes) assert.ok((await clientsOf(node)) > 0, 'every node has some of them')

    const afterKill = all(12)
    await nodes[0]!.end('SIGKILL')
    nodes[0] = await startNode(0)
    await afterKill
    console.log('killed')

    const afterRestart = all(20)
    assert.deepEqual(await nodes[0]!.end('SIGTERM'), { code: 0, signal: null })
    nodes[0] = await startNode(0)
    await afterRestart
    console.log('restarted')
    for (const conversation of conversations) await conversation.verify()
  },
)
