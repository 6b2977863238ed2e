import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'

/** A customer in a page, by the clients that such pages load. `open` gives the transport that carried it. */
const script = `
let heard, room, client, failed
const waiting = []
const unread = []
function take(eventName) {
  const index = unread.findIndex((said) => said.eventName === eventName)
  if (index >= 0) return Promise.resolve(unread.splice(index, 1)[0])
  return new Promise((resolve, reject) => waiting.push({ eventName, resolve, reject }))
}
function hear(frame) {
  const said = { ...JSON.parse(frame.body), destination: frame.headers.destination }
  const index = waiting.findIndex(({ eventName }) => eventName === said.eventName)
  if (index >= 0) waiting.splice(index, 1)[0].resolve(said)
  else unread.push(said)
}
function fail(why) {
  const error = new Error('the page lost its connection: ' + (why.headers ? why.headers.message : JSON.stringify(why)))
  for (const { reject } of waiting) reject(error)
  failed?.(error)
}
async function open(url, transport, number) {
  const socket = new SockJS(url, null, { transports: transport })
  client = Stomp.over(socket)
  client.debug = null
  await new Promise((resolve, reject) => {
    failed = reject
    client.connect({ companyId: '1', gasappMemberNumber: number }, resolve, fail)
    // Says more than the library, which only knows that the connection is lost.
    const { onclose } = socket
    socket.onclose = (event) => { fail({ code: event.code, reason: event.reason }); onclose(event) }
  })
  client.subscribe('user/session/message', hear)
  const { data } = await take('LOGINED')
  room = data.profile.roomId
  client.subscribe('sub/socket/room/' + room, hear)
  await take('JOINED')
  return { transport: socket.transport, roomId: Number(room) }
}
function say(text) {
  client.send('pub/socket/message', {}, JSON.stringify({ eventName: 'MESSAGE', data: { messageType: 0, message: text, messageDetail: '' } }))
}
`

const require = createRequire(import.meta.url)
const files: Readonly<Record<string, string>> = {
  '/sockjs.min.js': join(dirname(require.resolve('sockjs-client')), '..', 'dist', 'sockjs.min.js'),
  '/stomp.js': join(dirname(require.resolve('stompjs')), 'lib', 'stomp.js'),
}

/** Serves the page and the clients' scripts, from an origin that is not the chat server's. */
export class ChatPage implements AsyncDisposable {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(): Promise<ChatPage> {
    const server = createServer((request, response) => {
      const file = files[request.url ?? '']
      response.setHeader('Content-Type', `${file ? 'text/javascript' : 'text/html'}; charset=UTF-8`)
      const scripts = Object.keys(files).map((path) => `<script src="${path}"></script>`)
      response.end(
        file ? readFileSync(file) : `<!doctype html><body>${scripts.join('')}<script>${script}</script></body>`,
      )
    })
    await new Promise<void>((resolve) => server.listen(0, resolve))
    return new ChatPage(server)
  }

  /** Another host name too, so that to the browser it is another site. */
  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
