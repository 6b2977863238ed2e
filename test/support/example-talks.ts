import type { Browser, Page } from 'playwright-core'
import { demoCommu, demoCstalk, demoPassword, demoPintalk } from '../../src/demo.ts'
import { ChatPage } from './chat-page.ts'
import { ExamplePages } from './example-pages.ts'
import { RawStomp } from './raw-stomp.ts'
import { storedMessages } from './sender.ts'

export type Who = 0 | 1

/** Two people who talk with each other by the example of a protocol, against the demo app of a server. */
export interface Talk extends AsyncDisposable {
  readonly name: string
  /** Resolves when the writer's own client shows that it was taken, rejects when that doesn't happen in time. */
  say(who: Who, text: string): Promise<void>
  /** Looks anew, and gives what is there, oldest first. */
  read(who: Who): Promise<readonly string[]>
}

/** When a node dies, another takes over what it was to bring to the database: until then nothing is acknowledged that was its. */
const takenWithinMs = 40_000
const shownWithinMs = 20_000

/** Talks in pages: what is shown, is there. */
class PageTalk implements Talk {
  readonly name: string
  readonly #pages: readonly [Page, Page]
  readonly #words: string
  /** A list item of what was taken. */
  readonly #taken: string
  readonly #reopen: (page: Page, who: Who) => Promise<void>
  readonly #served: AsyncDisposable

  constructor(
    name: string,
    how: {
      readonly pages: readonly [Page, Page]
      readonly served: AsyncDisposable
      /** The input in which they write. */
      readonly words: string
      readonly taken: string
      readonly reopen: (page: Page, who: Who) => Promise<void>
    },
  ) {
    this.name = name
    this.#pages = how.pages
    this.#words = how.words
    this.#taken = how.taken
    this.#reopen = how.reopen
    this.#served = how.served
  }

  async say(who: Who, text: string): Promise<void> {
    const page = this.#pages[who]
    const timeout = takenWithinMs
    await page.locator(`${this.#words}:enabled`).waitFor({ timeout })
    await page.fill(this.#words, text, { timeout })
    await page.press(this.#words, 'Enter', { timeout })
    await page.locator(this.#taken).filter({ hasText: text }).first().waitFor({ timeout })
  }

  async read(who: Who): Promise<readonly string[]> {
    const page = this.#pages[who]
    await this.#reopen(page, who)
    return page.locator(this.#taken).allTextContents()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pages.map((page) => page.context().close()))
    await this.#served[Symbol.asyncDispose]()
  }
}

async function twoPages(browser: Browser): Promise<readonly [Page, Page]> {
  // Two people: two sets of cookies.
  const open = async () => (await browser.newContext()).newPage()
  return [await open(), await open()]
}

async function shows(page: Page, selector: string, text?: string): Promise<void> {
  const found = page.locator(selector)
  await (text === undefined ? found : found.filter({ hasText: text })).first().waitFor({ timeout: shownWithinMs })
}

export async function commuTalk(browser: Browser, chat: string): Promise<Talk> {
  const served = await ExamplePages.open({ CHAT: chat }, 'commu')
  const pages = await twoPages(browser)
  const enter = async (page: Page, who: Who): Promise<void> => {
    await page.goto(`${served.url}/`)
    // Who was here needs no password.
    const login = page.locator('#login:not([hidden])')
    const chats = page.locator('#chats li')
    await login.or(chats).first().waitFor({ timeout: shownWithinMs })
    if (await login.isVisible()) {
      await page.fill('#email', demoCommu.people[who].email)
      await page.fill('#password', demoPassword)
      await page.press('#password', 'Enter')
    }
    await shows(page, '#status', 'connected')
    await shows(page, '#chats li')
  }
  await enter(pages[0], 0)
  await enter(pages[1], 1)
  return new PageTalk('commu', { pages, served, words: '#words', taken: '#chats li', reopen: enter })
}

export async function gitpleliveTalk(browser: Browser, chat: string): Promise<Talk> {
  const served = await ExamplePages.open({ CHAT: chat }, 'gitplelive')
  const pages = await twoPages(browser)
  const enter = async (page: Page, who: Who): Promise<void> => {
    await page.goto(`${served.url}/?user_id=user_${who + 1}`)
    await shows(page, '#state', 'open')
    await shows(page, '#channels [aria-current]')
    await page.waitForLoadState('networkidle')
  }
  await enter(pages[0], 0)
  await enter(pages[1], 1)
  const taken = '#messages li:not(.pending)'
  return new PageTalk('gitplelive', { pages, served, words: '#send [name=content]', taken, reopen: enter })
}

export async function laravelTalk(browser: Browser, chat: string): Promise<Talk> {
  const served = await ExamplePages.open({ CHAT: chat }, 'laravel')
  const pages = await twoPages(browser)
  const enter = async (page: Page, who: Who): Promise<void> => {
    await page.goto(`${served.url}/?user=${[7, 9][who]}`)
    await page.locator('fieldset:enabled').waitFor({ timeout: shownWithinMs })
  }
  await enter(pages[0], 0)
  await enter(pages[1], 1)
  return new PageTalk('laravel', { pages, served, words: '#chat input[name=words]', taken: '#chat li', reopen: enter })
}

/** A guest, and the host at its desk. */
export async function pintalkTalk(browser: Browser, chat: string): Promise<Talk> {
  const { accessKey, secretKey } = demoPintalk.keys
  const served = await ExamplePages.open({ CHAT: chat, ACCESS_KEY: accessKey, SECRET_KEY: secretKey })
  const pages = await twoPages(browser)
  const [guest, host] = pages
  const logIn = async (): Promise<void> => {
    await host.goto(`${served.url}/admin`)
    await host.fill('#email', demoPintalk.email)
    await host.fill('#password', demoPassword)
    await host.press('#password', 'Enter')
    await shows(host, '#domain', 'localhost')
  }
  await logIn()
  await host.click('#here')
  await shows(host, '#domain', new URL(served.url).host)
  const enter = async (page: Page, who: Who): Promise<void> => {
    if (who === 0) await page.goto(`${served.url}/`)
    else {
      await logIn()
      await host.locator('#rooms li').first().click({ timeout: shownWithinMs })
    }
    await page.locator('#words:enabled').waitFor({ timeout: shownWithinMs })
    // The first page of what was said comes after the welcome.
    if (who === 1) await shows(page, '#messages li')
  }
  await enter(guest, 0)
  const talk = new PageTalk('pintalk', { pages, served, words: '#words', taken: '#messages li', reopen: enter })
  await talk.say(0, 'good day')
  await enter(host, 1)
  return talk
}

/** A customer in a page and an agent. There is no example of it: the page is the one that stands in for those in the field. */
export async function cstalkTalk(browser: Browser, chat: string): Promise<Talk> {
  const served = await ChatPage.open()
  const page = await (await browser.newContext()).newPage()
  const sockjsUrl = `${chat}/ws`
  const number = Number(demoCstalk.customerNumber)
  let isOpen = false
  const customerSays = async (text: string): Promise<void> => {
    if (!isOpen) {
      await page.goto(served.url)
      await page.evaluate(`open(${JSON.stringify(sockjsUrl)}, ['websocket', 'xhr-polling'], ${number})`)
      isOpen = true
    }
    try {
      const heard = `(async () => { for (;;) if ((await take('MESSAGE')).data.message.message === ${JSON.stringify(text)}) return })()`
      await within(page.evaluate(`say(${JSON.stringify(text)}); ${heard}`))
    } catch (error) {
      isOpen = false
      throw error
    }
  }
  const asCustomer = () =>
    RawStomp.connect(sockjsUrl, { companyId: '1', gasappMemberNumber: demoCstalk.customerNumber })
  const logIn = async (): Promise<string> => {
    const body = JSON.stringify({ companyId: '1', loginName: 'agent1', password: demoPassword })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${chat}/auth/login`, { method: 'POST', headers, body })
    return ((await answer.json()) as { token: string }).token
  }
  const asAgent = async () => RawStomp.connect(sockjsUrl, { Authorization: `Bearer ${await logIn()}` })
  let roomId = 0
  let agent: RawStomp | null = null
  const agentSays = async (text: string): Promise<void> => {
    try {
      if (agent === null) {
        agent = await asAgent()
        agent.subscribe('me', '/user/session/message')
        agent.says('ASSIGN', { roomId })
        agent.subscribe('room', `/sub/socket/room/${roomId}`)
        await within(agent.hears('JOINED'))
      }
      await within(agent.saysDurably('MESSAGE', { message: text }))
    } catch (error) {
      agent?.lose()
      agent = null
      throw error
    }
  }
  {
    using raw = await asCustomer()
    raw.subscribe('me', '/user/session/message')
    roomId = Number(((await raw.hears('LOGINED')).data['profile'] as { roomId: string }).roomId)
  }
  return {
    name: 'cstalk',
    say: (who, text) => (who === 0 ? customerSays(text) : agentSays(text)),
    read: async (who) => {
      using raw = who === 0 ? await asCustomer() : await asAgent()
      raw.subscribe('me', '/user/session/message')
      return await storedMessages(raw, roomId, 0)
    },
    [Symbol.asyncDispose]: async () => {
      agent?.lose()
      await page.context().close()
      await served[Symbol.asyncDispose]()
    },
  }
}

async function within<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`not within ${takenWithinMs} ms`)), takenWithinMs)
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer))
}
