import assert from 'node:assert/strict'
import { test } from 'node:test'
import { launchBrowser } from './support/browser.ts'
import { DemoServer } from './support/demo-server.ts'

test('/docs in a browser without scripts: styled, whole, and it asks for nothing else', async () => {
  await using server = await DemoServer.start()
  const browser = await launchBrowser()
  try {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
    const asked: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(`${server.url}/docs`)
    assert.deepEqual(complaints, [])
    assert.deepEqual(
      asked.filter((path) => path !== '/favicon.ico'),
      ['/docs'],
    )
    const { paths } = await server.json<{ paths: Record<string, object> }>('/openapi.json')
    const routes = Object.values(paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0)
    assert.ok((await page.locator('summary').count()) > routes)
    const block = page.locator('details', { hasText: '/auth/loginCustomer' }).first()
    await block.locator('summary').click()
    assert.ok(await block.locator('pre').first().isVisible())
    const { x, width } = (await page.locator('body').boundingBox()) ?? { x: 0, width: 0 }
    // The style holds the page to sixty rems, in the middle.
    assert.ok(x > 0 && width < 1000, `${x} ${width}`)
    // On the way back the browser asks whether anything changed, and is told no.
    await page.reload()
    assert.ok(((await page.locator('body').boundingBox())?.width ?? 0) < 1000)
  } finally {
    await browser.close()
  }
})
