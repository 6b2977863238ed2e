import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { demoPassword } from '../../src/demo.ts'
import { launchBrowser } from '../support/browser.ts'
import { DemoServer } from '../support/demo-server.ts'
import { ExamplePages } from '../support/example-pages.ts'

/** The example's page in Chromium, with the demo's people: cookies and origins are the browser's own. */

let server: DemoServer
let example: ExamplePages
let browser: Browser
let ana: Page
let bo: Page
before(async () => {
  server = await DemoServer.start()
  ;[example, browser] = await Promise.all([ExamplePages.open({ CHAT: server.url }, 'commu'), launchBrowser()])
  // Two people: two sets of cookies.
  ana = await (await browser.newContext()).newPage()
  bo = await (await browser.newContext()).newPage()
})
after(async () => {
  await browser.close()
  await Promise.all([example, server].map((one) => one[Symbol.asyncDispose]()))
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
const logIn = async (page: Page, email: string): Promise<void> => {
  await page.goto(`${example.url}/`)
  await page.fill('#email', email)
  await page.fill('#password', demoPassword)
  await page.press('#password', 'Enter')
  await says(page, '#status', 'connected')
  await says(page, '#chats li', '생성했습니다.')
}

test('both log in and talk', { timeout: 60_000 }, async () => {
  await Promise.all([logIn(ana, 'ana@demo.test'), logIn(bo, 'bo@demo.test')])
  await write(ana, '안녕하세요 <b>😀</b>')
  await says(bo, '#chats li', 'ana: 안녕하세요 <b>😀</b>')
  await write(bo, '네')
  await says(ana, '#chats li', 'bo: 네')
  const lines = (page: Page): Promise<string[]> => page.locator('#chats li').allTextContents()
  assert.deepEqual((await lines(ana)).slice(1), ['ana: 안녕하세요 <b>😀</b>', 'bo: 네'])
  assert.deepEqual(await lines(ana), await lines(bo))
})

test('one’s own is changed and deleted', { timeout: 30_000 }, async () => {
  bo.once('dialog', (dialog) => void dialog.accept('아니요'))
  await bo.locator('#chats li').last().dblclick()
  await says(ana, '#chats li', 'bo: 아니요')
  bo.once('dialog', (dialog) => void dialog.accept(''))
  await bo.locator('#chats li').last().dblclick()
  await ana.locator('#chats li').filter({ hasText: '아니요' }).waitFor({ state: 'detached', timeout })
})

test('a new channel, with what is unread in it', { timeout: 30_000 }, async () => {
  await ana.fill('#name', '광장')
  await ana.press('#name', 'Enter')
  await says(ana, '#channel', '광장')
  await write(ana, '여기예요')
  await bo.reload()
  await says(bo, '#me', 'bo')
  await says(bo, '#channels .unread', 'Demo / 광장')
  await bo.locator('#channels li').filter({ hasText: '광장' }).click()
  await says(bo, '#chats li', 'ana: 여기예요')
  await bo.locator('#channels .unread').waitFor({ state: 'detached', timeout })
})

test('who is in no community can’t be invited, and is told so in its own page', { timeout: 30_000 }, async () => {
  await ana.fill('#who', 'cy@')
  await ana.press('#who', 'Enter')
  await says(ana, '#note', 'only members of its community')
  await bo.click('#logout')
  await bo.locator('#login').waitFor({ timeout })
  await bo.fill('#email', 'cy@demo.test')
  await bo.press('#password', 'Enter')
  await says(bo, '#note', 'You are in no community yet.')
})
