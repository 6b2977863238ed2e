import assert from 'node:assert/strict'
import { test } from 'node:test'
import { launchBrowser } from './support/browser.ts'

test('a real browser runs scripts', async () => {
  await using browser = await launchBrowser()
  const page = await browser.newPage()
  await page.setContent('<script>document.title = [1, 2].map((n) => n * 21).join()</script>')
  assert.equal(await page.title(), '21,42')
})
