import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from './support/browser.ts'
import type { SockJsConstructor } from './support/sockjs-client.ts'
import { echo, SockJsServer } from './support/sockjs-services.ts'

const clientPath = createRequire(import.meta.url).resolve('sockjs-client/dist/sockjs.min.js')

let server: SockJsServer
let elsewhere: SockJsServer
let browser: Browser
before(async () => {
  const service = { prefix: '/echo', accept: echo, allowScriptTransports: true, clientScript: readFileSync(clientPath) }
  server = await SockJsServer.start(service)
  elsewhere = await SockJsServer.start(service)
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
  await elsewhere[Symbol.asyncDispose]()
})

// Every character that the protocol's authors saw a browser or a proxy mangle, and what a chat is full of.
const texts = ['a', '', '</script><!--', '"\\\n\r\t', 'é 한 😀 \ud800', 'x'.repeat(20_000)]
for (const [first, last] of [
  [0x00, 0xff],
  [0x300, 0x36f],
  [0x2000, 0x20ff],
  [0xfff0, 0xffff],
] as const) {
  let text = ''
  for (let code = first; code <= last; code++) text += String.fromCharCode(code)
  texts.push(text)
}

/** A page of `server`. */
async function open(): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${server.port}/echo`)
  await page.addScriptTag({ path: clientPath })
  return page
}

/** What the page hears when it sends all texts to an echo service. */
function echoed(page: Page, url: string, transport: string): Promise<{ transport: string; heard: string[] }> {
  return page.evaluate(
    ({ url, transport, texts }) =>
      new Promise((resolve, reject) => {
        const SockJS = (globalThis as unknown as { SockJS: SockJsConstructor }).SockJS
        const client = new SockJS(url, null, { transports: [transport] })
        const heard: string[] = []
        let used = ''
        client.onopen = () => {
          used = client.transport
          for (const text of texts) client.send(text)
        }
        client.onmessage = (event) => {
          heard.push(event.data)
          if (heard.length < texts.length) return
          client.onclose = () => resolve({ transport: used, heard })
          client.close()
        }
        client.onclose = (event) => reject(new Error(`${event.code} ${event.reason}`))
      }),
    { url, transport, texts },
  )
}

const everywhere = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling', 'jsonp-polling']
const framed = ['iframe-eventsource', 'iframe-htmlfile', 'iframe-xhr-polling']

for (const transport of [...everywhere, ...framed, 'htmlfile']) {
  test(`Chromium over ${transport}`, async () => {
    const page = await open()
    const { heard, ...rest } = await echoed(page, `http://127.0.0.1:${server.port}/echo`, transport)
    assert.deepEqual(rest, { transport })
    assert.deepEqual(heard, texts)
    await page.close()
  })
}

for (const transport of [...everywhere, ...framed]) {
  test(`Chromium over ${transport}, to another origin`, async () => {
    const page = await open()
    const { heard, ...rest } = await echoed(page, `http://127.0.0.1:${elsewhere.port}/echo`, transport)
    assert.deepEqual(rest, { transport })
    assert.deepEqual(heard, texts)
    await page.close()
  })
}
