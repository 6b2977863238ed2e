import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/** Serves the two pages: `/` is a shop's page with a guest's chat, `/admin` is its host's desk. */
function examplePages({ chat, accessKey, secretKey }) {
  const config = `export const config = ${JSON.stringify({ chat, accessKey, secretKey })}\n`
  const files = {
    '/': ['guest.html', 'text/html'],
    '/admin': ['admin.html', 'text/html'],
    '/guest.js': ['guest.js', 'text/javascript'],
    '/admin.js': ['admin.js', 'text/javascript'],
    '/style.css': ['style.css', 'text/css'],
  }
  return createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0]
    const [file, type] = files[path] ?? []
    const body = path === '/config.js' ? config : file && readFileSync(new URL(file, import.meta.url))
    const head = { 'Content-Type': `${type ?? 'text/javascript'}; charset=UTF-8`, 'Cache-Control': 'no-store' }
    response.writeHead(body === undefined ? 404 : 200, head).end(body)
  })
}

const {
  CHAT = 'http://127.0.0.1:8080',
  ACCESS_KEY = 'demo-access-key',
  SECRET_KEY = 'demo-secret-key',
  PORT = '3000',
} = process.env
const pages = examplePages({ chat: CHAT, accessKey: ACCESS_KEY, secretKey: SECRET_KEY })
pages.listen(Number(PORT), 'localhost', () => {
  const url = `http://localhost:${pages.address().port}/`
  console.log(`The host:  ${url}admin\nThe guest: ${url}`)
})
