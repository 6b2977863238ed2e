import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { ExamplePages } from '../support/example-pages.ts'
import { GuestHouse, password } from '../support/guest-house.ts'

/**
 * The example's pages in Chromium, from the host's first login to the room that is left. The browser says where the
 * pages are from, so this is also who may and who may not.
 */

let house: GuestHouse
let shop: ExamplePages
let elsewhere: ExamplePages
let browser: Browser
let guest: Page
let host: Page
before(async () => {
  house = await GuestHouse.open({ PRESENCE_DEBOUNCE_MS: '1000', MESSAGE_BURST: '1000' })
  const keys = house.keysOf('mira')
  const env = {
    CHAT: house.url,
    ACCESS_KEY: keys['X-PinTalk-Access-Key']!,
    SECRET_KEY: keys['X-PinTalk-Secret-Key']!,
  }
  ;[shop, elsewhere, browser] = await Promise.all([ExamplePages.open(env), ExamplePages.open(env), launchBrowser()])
  // Two people: two sets of cookies.
  guest = await (await browser.newContext()).newPage()
  host = await (await browser.newContext()).newPage()
})
after(async () => {
  await browser.close()
  await Promise.all([shop, elsewhere, house].map((one) => one[Symbol.asyncDispose]()))
})

const timeout = 10_000
/** Waits until an element says it. */
const says = async (page: Page, selector: string, text: string): Promise<void> => {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout })
}
const write = async (page: Page, text: string): Promise<void> => {
  await page.locator('#words:enabled').waitFor({ timeout })
  await page.fill('#words', text)
  await page.press('#words', 'Enter')
}
const lines = (page: Page): Promise<string[]> => page.locator('#messages li').allTextContents()

/** What becomes of a WebSocket that a page opens: its close, or that it was refused before it opened. */
async function dialFrom(page: Page, path: string): Promise<string> {
  const url = JSON.stringify(house.url.replace('http', 'ws') + path)
  return page.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket(${url})
    let opened = false
    socket.onopen = () => (opened = true)
    socket.onmessage = () => { resolve('welcome'); socket.close() }
    socket.onclose = ({ code, reason }) => resolve(opened ? code + ' ' + reason : 'refused ' + code)
  })`)
}

test('a page of another website is told so and gets nothing', { timeout: 30_000 }, async () => {
  await guest.goto(`${shop.url}/`)
  await guest.locator('#note').filter({ hasText: /\S/ }).waitFor({ timeout })
  assert.match(await guest.locator('#note').innerText(), /Failed to fetch|403/)
})

test('the host logs in and says where its guests are', { timeout: 30_000 }, async () => {
  await host.goto(`${shop.url}/admin`)
  await host.fill('#email', 'mira@example.com')
  await host.fill('#password', password)
  await host.press('#password', 'Enter')
  await says(host, '#domain', 'shop.example')
  await host.click('#here')
  await says(host, '#domain', new URL(shop.url).host)
})

test('a guest comes, sees that the host is online, and both write', { timeout: 30_000 }, async () => {
  await guest.goto(`${shop.url}/`)
  await says(guest, '#status', 'online')
  await write(guest, '안녕하세요 <b>😀</b>')
  await says(guest, '#messages', '안녕하세요 <b>😀</b>')
  await says(host, '#rooms li', '● ')
  await host.locator('#rooms li').first().click()
  await says(host, '#messages', '안녕하세요 <b>😀</b>')
  await write(host, '네, 말씀하세요')
  await says(guest, '#messages .theirs', '네, 말씀하세요')
  assert.deepEqual(await lines(guest), await lines(host))
})

test('a guest that reloads finds what was said, and pages back', { timeout: 30_000 }, async () => {
  for (let number = 1; number <= 60; number++) await write(guest, `줄 ${number}`)
  await says(host, '#messages li', '줄 60')
  await guest.reload()
  await says(guest, '#messages li', '줄 60')
  assert.equal((await lines(guest)).length, 50)
  await guest.click('#older')
  await says(guest, '#messages li', '안녕하세요')
  const numbered = Array.from({ length: 60 }, (_, index) => `줄 ${index + 1}`)
  assert.deepEqual(await lines(guest), ['안녕하세요 <b>😀</b>', '네, 말씀하세요', ...numbered])
})

test('who the browser says they are', { timeout: 30_000 }, async () => {
  const stranger = await browser.newPage()
  const [room] = (await house.rest('GET', '/api/chat/chatrooms/', { as: 'mira' })).body.results
  await stranger.goto(`${elsewhere.url}/admin`)
  assert.equal(await dialFrom(stranger, `/ws/chat/${room.name}/`), '4003 this origin is not allowed')
  assert.equal(await dialFrom(stranger, `/ws/status/${house.uuidOf('mira')}/`), '4003 this origin is not allowed')
  assert.equal(await dialFrom(stranger, `/ws/chat/${room.name}/?token=x`), 'refused 1006')
  assert.equal(await dialFrom(stranger, `/ws/chat/${room.name}/?token=${await house.token('mira')}`), 'welcome')
  await stranger.goto(`${shop.url}/admin`)
  assert.equal(await dialFrom(stranger, `/ws/chat/${room.name}/`), 'welcome')
  assert.equal(await dialFrom(stranger, '/ws/chat/NsNVwaNrkUbrgnkGfsTuuA/'), '4004 no such room')
  await stranger.close()
})

test('pinned, closed, taken up again, left', { timeout: 60_000 }, async () => {
  await host.click('#pin')
  await says(host, '#rooms li', '📌')
  await host.click('#close')
  await says(guest, '#note', 'The chat was closed')
  await says(host, '#rooms li', '(closed)')
  await guest.reload()
  await says(guest, '#messages li', '줄 60')
  await host.locator('#rooms li').filter({ hasNotText: '(closed)' }).first().click()
  await says(host, '#messages li', '줄 60')
  await host.click('#close')
  await says(host, '#rooms li', '(closed)')
  await host.click('#restore')
  await write(host, '아직 궁금하신 게 있나요?')
  await says(host, '#messages li', '아직 궁금하신 게')
  await host.click('#leave')
  await host.locator('#rooms li').waitFor({ state: 'detached', timeout })
  const { results } = (await house.rest('GET', '/api/chat/chatrooms/', { as: 'mira' })).body
  assert.deepEqual(results, [])
})

test('a desk that reloads doesn’t flicker, one that is left is offline', { timeout: 30_000 }, async () => {
  await guest.reload()
  await guest.reload()
  await says(guest, '#status', 'online')
  await host.goto('about:blank')
  await says(guest, '#status', 'offline')
})

test('nothing of all this was a mistake of ours', () => assert.deepEqual(house.log.of('error'), []))
