import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { ExamplePages } from '../support/example-pages.ts'
import { GroupHouse } from '../support/group-house.ts'
import { NetworkProxy } from '../support/network-proxy.ts'

/** The example's page in Chromium: two people who talk, whatever their networks do. */

let house: GroupHouse
/** Between user_1's page and the server. */
let network: NetworkProxy
let pages: readonly ExamplePages[]
let browser: Browser
let one: Page
let two: Page
before(async () => {
  house = await GroupHouse.open()
  network = await NetworkProxy.to(house.url)
  const key = { APP_ID: 'shop_app', API_KEY: 'the key of the shop' }
  const open = (chat: string) => ExamplePages.open({ CHAT: chat, ...key }, 'gitplelive')
  pages = await Promise.all([open(network.url), open(house.url)])
  browser = await launchBrowser()
  one = await enter(pages[0]!, 'user_1')
  two = await enter(pages[1]!, 'user_2')
})
after(async () => {
  await browser.close()
  await Promise.all([...pages, network, house].map((each) => each[Symbol.asyncDispose]()))
})

const timeout = 15_000

async function enter({ url }: ExamplePages, userId: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${url}/?user_id=${userId}`)
  await says(page, '#state', 'open')
  return page
}

async function says(page: Page, selector: string, text: string): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout })
}

async function write(page: Page, text: string): Promise<void> {
  await page.fill('#send [name=content]', text)
  await page.press('#send [name=content]', 'Enter')
}

const lines = (page: Page): Promise<string[]> => page.locator('#messages li').allTextContents()

test('they make a channel and talk in it', { timeout: 60_000 }, async () => {
  await one.fill('#new [name=members]', 'user_2')
  await one.click('#new button')
  await says(two, '#channels button', 'user_1, user_2')
  await two.click('#channels button')
  await write(one, '안녕하세요 <b>😀</b>')
  await says(two, '#messages li', 'user_1: 안녕하세요 <b>😀</b>')
  await write(two, '네, 말씀하세요')
  await says(one, '#messages li', 'user_2: 네, 말씀하세요')
  await one.locator('#messages .pending').waitFor({ state: 'detached', timeout })
  assert.deepEqual(await lines(one), await lines(two))
})

test('one sees that the other is writing', { timeout: 60_000 }, async () => {
  await two.locator('#send [name=content]').pressSequentially('a')
  await says(one, '#typing', 'user_2 is writing')
  await two.fill('#send [name=content]', '')
})

test('a file is sent, with its progress told by the browser', { timeout: 60_000 }, async () => {
  const buffer = Buffer.from('hello from a file '.repeat(10_000))
  await one.setInputFiles('#send [name=file]', { name: 'hello.txt', mimeType: 'text/plain', buffer })
  const told = one.evaluate(`new Promise((resolve) => {
    const progress = document.getElementById('progress')
    new MutationObserver(() => progress.value > 0 && resolve(true)).observe(progress, { attributes: true })
  })`)
  await one.click('#send button')
  assert.equal(await told, true)
  await says(two, '#messages a', 'hello.txt')
  const url = await two.locator('#messages a').first().getAttribute('href')
  assert.equal((await (await fetch(url ?? '')).arrayBuffer()).byteLength, buffer.byteLength)
})

test(
  'one who is offline writes; it is sent when the network is back, once, and what was missed is there',
  { timeout: 60_000 },
  async () => {
    await one.context().setOffline(true)
    network.down()
    await says(one, '#state', 'connecting')
    await write(one, 'written offline')
    await one.locator('#messages .pending').waitFor({ timeout })
    await write(two, 'missed')
    await says(two, '#messages li', 'missed')
    network.mend()
    // Which it is told, so that it doesn't wait.
    await one.context().setOffline(false)
    await says(two, '#messages li', 'written offline')
    await says(one, '#messages li', 'user_2: missed')
    await one.locator('#messages .pending').waitFor({ state: 'detached', timeout })
    for (const page of [one, two]) {
      const said = (await lines(page)).filter((line) => line.endsWith('written offline'))
      assert.deepEqual(said, ['user_1: written offline'])
    }
    assert.deepEqual((await lines(one)).toSorted(), (await lines(two)).toSorted())
  },
)
