import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Application, httpPublisher, redisPublisher } from './application.js'

/** Serves the page and answers its calls, in Laravel's place. Who one is says `?user=`: signing in is not what this shows. */
function examplePages(application, chat) {
  const files = {
    '/': ['page.html', 'text/html'],
    '/page.js': ['page.js', 'text/javascript'],
    '/style.css': ['style.css', 'text/css'],
  }
  const handle = async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const answer = (status, type, body) => {
      response.writeHead(status, { 'Content-Type': `${type}; charset=UTF-8`, 'Cache-Control': 'no-store' }).end(body)
    }
    const id = Number(searchParams.get('user') ?? 7)
    const page = application.pageOf(id)
    if (!page) return answer(404, 'text/plain', 'no such user')
    const [file, type] = files[pathname] ?? []
    if (file) return answer(200, type, readFileSync(new URL(file, import.meta.url)))
    if (pathname === '/page.json') return answer(200, 'application/json', JSON.stringify({ ...page, chat }))
    const call = request.method === 'POST' && application.calls[pathname]
    if (!call) return answer(404, 'text/plain', 'nothing here')
    try {
      await call({ ...(await bodyOf(request)), id })
      answer(200, 'application/json', '{}')
    } catch (error) {
      console.error(error)
      answer(500, 'application/json', '{}')
    }
  }
  return createServer((request, response) => void handle(request, response).catch(() => response.destroy()))
}

async function bodyOf(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > 10_000) throw new Error('too much')
  }
  return text === '' ? {} : JSON.parse(text)
}

if (typeof fetch === 'undefined') throw new Error('This example needs Node 18 or newer.')
const {
  CHAT = 'http://127.0.0.1:8080',
  APP_ID = 'demo',
  SECRET = 'demo-secret',
  JWT_SECRET = 'demo-jwt-secret',
  REDIS_PREFIX = 'demo-',
  PARLANCE_REDIS_URL,
  PORT = '3000',
} = process.env
const publish = PARLANCE_REDIS_URL
  ? await redisPublisher(PARLANCE_REDIS_URL, REDIS_PREFIX)
  : httpPublisher(CHAT, APP_ID, SECRET)
const pages = examplePages(new Application({ publish, jwtSecret: JWT_SECRET }), CHAT)
pages.listen(Number(PORT), 'localhost', () => {
  const url = `http://localhost:${pages.address().port}/`
  console.log(`Ana: ${url}?user=7\nBo:  ${url}?user=9\nPublishing over ${PARLANCE_REDIS_URL ? 'Redis' : 'HTTP'}`)
})
