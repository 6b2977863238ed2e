import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { messageOf, Person, type Said } from '../support/cast.ts'
import { ChatPage } from '../support/chat-page.ts'
import { House } from '../support/house.ts'
import { dials } from '../support/stomp-dials.ts'

/**
 * A customer whose page runs in Chromium, on another site than the server, talks with an agent: on each transport
 * that sockjs-client 1.6.1 offers there. Not possible, and so not here:
 *
 * - xdr-streaming, xdr-polling, iframe-xdr-*: XDomainRequest is Internet Explorer 8 and 9 alone
 * - htmlfile: only for a page on the server's own origin; with an iframe between, it is iframe-htmlfile
 */
const open = ['websocket', 'xhr-streaming', 'xhr-polling', 'eventsource'] as const
/** They run scripts of the server in the page, or need its iframe page to name the client's script. */
const withScripts = ['iframe-eventsource', 'iframe-htmlfile', 'iframe-xhr-polling', 'jsonp-polling'] as const

let chat: ChatPage
let browser: Browser
before(async () => {
  chat = await ChatPage.open()
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  await chat[Symbol.asyncDispose]()
})

async function converse(house: House, transport: string, number: number): Promise<void> {
  const page = await browser.newPage()
  await page.goto(chat.url)
  const run = <T>(call: string): Promise<T> => page.evaluate(call)
  const opened = await run<{ transport: string; roomId: number }>(
    `open(${JSON.stringify(house.sockjsUrl)}, ${JSON.stringify(transport)}, ${number})`,
  )
  assert.equal(opened.transport, transport)

  await run(`say('여보세요 </script> \\u2028 😀')`)
  const own = await run<Said>(`take('MESSAGE')`)
  assert.equal(messageOf(own)['message'], '여보세요 </script> \u2028 😀')
  assert.equal(own.destination, `sub/socket/room/${opened.roomId}`)

  const mina = await Person.agent(house, dials['@stomp/stompjs 7 on a WebSocket']!, 'mina')
  mina.says('ASSIGN', { roomId: opened.roomId })
  mina.enter(opened.roomId)
  await mina.hears('JOINED')
  for (let line = 1; line <= 20; line++) mina.says('MESSAGE', { message: `line ${line}` })
  for (let line = 1; line <= 20; line++)
    assert.equal(messageOf(await run<Said>(`take('MESSAGE')`))['message'], `line ${line}`)

  await run(`say('감사합니다')`)
  await mina.hearsMessage('감사합니다')
  mina.says('END')
  assert.equal((await run<Said>(`take('END')`)).roomId, String(opened.roomId))
  await mina.leave()
  await page.close()
}

describe('in Chromium', () => {
  let house: House
  before(async () => (house = await House.open()))
  after(() => house[Symbol.asyncDispose]())
  for (const [index, transport] of open.entries()) {
    test(transport, { timeout: 30_000 }, () => converse(house, transport, 100 + index))
  }

  test('the script transports are off unless asked for', { timeout: 30_000 }, async () => {
    const page = await browser.newPage()
    await page.goto(chat.url)
    const attempt = page.evaluate(`open(${JSON.stringify(house.sockjsUrl)}, 'jsonp-polling', 99)`)
    await assert.rejects(attempt, /lost its connection/)
    await page.close()
  })
})

describe('in Chromium, with PARLANCE_SOCKJS_SCRIPTS=true', () => {
  let house: House
  before(async () => {
    house = await House.open({ env: { SOCKJS_SCRIPTS: 'true', SOCKJS_CLIENT_URL: `${chat.url}/sockjs.min.js` } })
  })
  after(() => house[Symbol.asyncDispose]())
  for (const [index, transport] of withScripts.entries()) {
    test(transport, { timeout: 30_000 }, () => converse(house, transport, 200 + index))
  }
})
