import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { ExamplePages } from '../support/example-pages.ts'
import { LaravelHouse, laravelApps } from '../support/laravel-house.ts'
import { RedisServer } from '../support/redis-server.ts'

/** The example's page in Chromium, as two users, with an application that publishes over Redis or over HTTP. */

let redis: RedisServer
let house: LaravelHouse
let browser: Browser
before(async () => {
  ;[redis, browser] = await Promise.all([RedisServer.start(), launchBrowser()])
  house = await LaravelHouse.open({ env: { REDIS_URL: redis.url } })
  while (!house.log.lines.some(({ message }) => message === 'listening to Redis')) await house.log.next('info')
})
after(async () => {
  await browser.close()
  await house[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

async function says(page: Page, selector: string, text: string): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: 10_000 })
}

for (const way of ['Redis', 'HTTP'] as const) {
  test(`a chat, a tweet and a slow job, published over ${way}`, async () => {
    const { id, secret, jwtSecret, redisPrefix } = laravelApps.shop
    await using pages = await ExamplePages.open(
      {
        CHAT: house.url,
        APP_ID: id,
        SECRET: secret,
        JWT_SECRET: jwtSecret,
        REDIS_PREFIX: redisPrefix,
        ...(way === 'Redis' && { PARLANCE_REDIS_URL: redis.url }),
      },
      'laravel',
    )
    const open = async (user: number): Promise<Page> => {
      const page = await (await browser.newContext()).newPage()
      await page.goto(`${pages.url}/?user=${user}`)
      await page.locator('fieldset:enabled').waitFor({ timeout: 10_000 })
      return page
    }
    const [ana, bo] = await Promise.all([open(7), open(9)])
    await says(ana, '#who', 'Ana')
    await says(bo, '#who', 'Bo')
    await ana.fill('#chat input[name=words]', `straight ${way} 안녕`)
    await ana.press('#chat input[name=words]', 'Enter')
    for (const page of [ana, bo]) await says(page, '#chat li', `Ana: straight ${way} 안녕`)
    await bo.check('#chat input[name=through]')
    await bo.fill('#chat input[name=words]', `through the application / ${way} 😀`)
    await bo.press('#chat input[name=words]', 'Enter')
    for (const page of [ana, bo]) await says(page, '#chat li', `Bo: through the application / ${way} 😀`)
    await bo.fill('#tweets input', `a tweet over ${way}`)
    await bo.press('#tweets input', 'Enter')
    for (const page of [ana, bo]) await says(page, '#tweets li', `Bo: a tweet over ${way}`)
    await ana.click('#job button')
    await says(ana, '#job output', 'of 100')
    assert.ok(Number(await ana.locator('#job progress').evaluate((bar: { value: number }) => bar.value)) >= 1)
    assert.equal(await bo.locator('#job output').textContent(), '', 'progress is its user’s alone')
    await ana.reload()
    await says(ana, '#chat li', `Ana: straight ${way} 안녕`)
    await says(ana, '#chat li', `Bo: through the application / ${way} 😀`)
  })
}
