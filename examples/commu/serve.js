import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const files = {
  '/': ['index.html', 'text/html'],
  '/app.js': ['app.js', 'text/javascript'],
  '/style.css': ['style.css', 'text/css'],
}

/** Serves the page, and where it finds the chat server. */
function examplePage(chat) {
  const config = `export const chat = ${JSON.stringify(chat)}\n`
  return createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0]
    const [file, type] = files[path] ?? []
    const body = path === '/config.js' ? config : file && readFileSync(new URL(file, import.meta.url))
    const head = { 'Content-Type': `${type ?? 'text/javascript'}; charset=UTF-8`, 'Cache-Control': 'no-store' }
    response.writeHead(body === undefined ? 404 : 200, head).end(body)
  })
}

const { CHAT = 'http://127.0.0.1:8080', PORT = '3100' } = process.env
// Browsers send the refresh cookie along within one site only, and 127.0.0.1 and localhost are two.
const page = examplePage(CHAT)
page.listen(Number(PORT), '127.0.0.1', () => console.log(`The page: http://127.0.0.1:${page.address().port}/`))
