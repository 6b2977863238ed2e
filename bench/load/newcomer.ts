import { Agent, request, type RequestOptions } from 'node:http'
import type { Website } from '../subject/website-stock.ts'

const answerTimeoutMs = 60_000

/** What the browser of a guest who is new asks for: the preflight, then the room. Returns the room's name. */
export async function openRoom(port: number, { page, keys }: Website): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const to = { port, host: '127.0.0.1', path: '/api/chat', agent, timeout: answerTimeoutMs }
  const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-pintalk-access-key' }
  const shown = { 'x-pintalk-access-key': keys.accessKey, 'x-pintalk-secret-key': keys.secretKey }
  try {
    await ask({ ...to, method: 'OPTIONS', headers: { origin: page, ...asked } }, 204)
    const answer = await ask({ ...to, method: 'POST', headers: { origin: page, ...shown, 'content-length': 0 } }, 201)
    return (JSON.parse(answer) as { name: string }).name
  } finally {
    agent.destroy()
  }
}

function ask(options: RequestOptions, wanted: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.once('error', reject)
      response.once('end', () => {
        if (response.statusCode === wanted) resolve(body)
        else reject(new Error(`a newcomer was answered with ${response.statusCode}: ${body.slice(0, 200)}`))
      })
    })
    asking.once('timeout', () => asking.destroy(new Error('a newcomer was not answered in time')))
    asking.once('error', reject)
    asking.end()
  })
}
