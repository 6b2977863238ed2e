import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { runInNewContext } from 'node:vm'
import * as GitpleLive from '@parlance/gitple-live-sdk'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { GroupHouse } from '../support/group-house.ts'
import { filled, page, requests, scriptTag, type Filled } from '../support/tutorial.ts'

/** STEP 1 to 7 as they are written: in Chromium from the script tag, and in Node from the package. */

const timeout = 60_000
const appKey = 'the key of the shop'

let house: GroupHouse
let values: Filled
let browser: Browser
before(async () => {
  house = await GroupHouse.open()
  values = { server: house.url, appId: 'shop_app', userId: 'user_1' }
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  await house[Symbol.asyncDispose]()
})

/** Everything that was printed, and what was printed next. */
class Printed {
  readonly lines: unknown[][] = []
  #heard: (() => void) | null = null

  readonly log = (...values: unknown[]): void => {
    this.lines.push(values)
    this.#heard?.()
  }

  async has(isIt: (line: readonly unknown[]) => boolean): Promise<readonly unknown[]> {
    for (;;) {
      const line = this.lines.find(isIt)
      if (line) return line
      await new Promise<void>((resolve) => (this.#heard = resolve))
    }
  }
}

/** What the tutorial's server does: STEP 3 to 6, whose answers are looked at as the tutorial shows them. */
async function stepsOfTheServer(): Promise<void> {
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire is looked at field by field
  const answers: any[] = []
  for (const { step, code } of requests) {
    const printed = new Printed()
    const globals = { fetch, console: printed, app_id: values.appId, app_key: appKey }
    runInNewContext(`{ ${filled(code, values)} }`, globals)
    answers[step] = (await printed.has(() => true))[0]
  }
  const [, , , channel, user, joined, message] = answers
  assert.deepEqual(Object.keys(channel), [
    'channel_id',
    'name',
    'profile_url',
    'type',
    'freeze',
    'total_message_count',
    'total_file_count',
    'created_at',
    'updated_at',
    'members',
  ])
  assert.deepEqual(
    channel.members.map((member: { user_id: string }) => member.user_id),
    ['user_1', 'user_2'],
  )
  assert.deepEqual(Object.keys(user), ['user_id', 'name', 'profile_url', 'created_at', 'updated_at'])
  assert.deepEqual(joined, {})
  assert.deepEqual(Object.keys(message), [
    'user',
    'type',
    'content',
    'created_at',
    'updated_at',
    'message_id',
    'channel_id',
  ])
  assert.equal(message.content, '안녕하세요')
}

async function begin(): Promise<void> {
  await house.users('user_1', 'user_2')
}

/** As it was before the steps. */
async function undo(): Promise<void> {
  await house.ask('DELETE', '/group/channels/channel_1')
  for (const user of ['user_1', 'user_2', 'user_3']) await house.ask('DELETE', `/users/${user}`)
}

test('in Node, from the package', { timeout }, async () => {
  await begin()
  const printed = new Printed()
  const window: { onload?: () => void } = {}
  const session_token = await house.token('user_1')
  const script = `${filled(page, values)}
    function startGitpleLive() { session_token = given; gitpleLiveInit(); }
    this.stop = () => gitplelive.disconnectUser();`
  const context = { GitpleLive, window, console: printed, given: session_token, stop: () => {} }
  runInNewContext(script, context)
  window.onload?.()
  await printed.has(([line]) => line === 'GitpleLive Connect')
  await stepsOfTheServer()
  const [, message] = await printed.has(([line]) => line === 'message:')
  const [, channel] = await printed.has(([line]) => line === 'channel:')
  assert.equal((message as GitpleLive.Message).content, '안녕하세요')
  assert.equal((message as GitpleLive.Message).user?.user_id, 'user_1')
  assert.equal((channel as GitpleLive.Channel).channel_id, 'channel_1')
  context.stop()
  await printed.has(([line]) => line === 'GitpleLive Disconnect')
  await undo()
})

test('in Chromium, from the script tag', { timeout }, async () => {
  await begin()
  const token = await house.token('user_1')
  const html = `<!doctype html><meta charset="utf-8">
    ${filled(scriptTag, values)}
    <script>${filled(page, values)}
    function startGitpleLive() { session_token = ${JSON.stringify(token)}; gitpleLiveInit(); }</script>`
  const site = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  const tab = await browser.newPage()
  const printed = new Printed()
  tab.on('console', async (line) => {
    const values = await Promise.all(line.args().map((value) => value.jsonValue().catch(() => line.text())))
    printed.log(...values)
  })
  const errors: Error[] = []
  tab.on('pageerror', (error) => errors.push(error))
  await tab.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
  await printed.has(([line]) => line === 'GitpleLive Connect')
  await stepsOfTheServer()
  const [, message] = await printed.has(([line]) => line === 'message:')
  assert.equal((message as GitpleLive.Message).content, '안녕하세요')
  assert.deepEqual(errors, [])
  await tab.close()
  site.close()
  await undo()
})
