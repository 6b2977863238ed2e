import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const users = ['user_1', 'user_2', 'user_3']

/**
 * Serves the page, and does for it what only a server may: it has the API key. Who asks for a user's token here gets it; a real
 * application gives a token to the user who has logged in, and to nobody else.
 */
function exampleServer({ chat, appId, apiKey }) {
  const post = async (path, body) => {
    const response = await fetch(`${chat}/v1${path}`, {
      method: 'POST',
      headers: { APP_ID: appId, APP_API_KEY: apiKey, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }
  const session = async (userId) => {
    if (!users.includes(userId)) return null
    // Code 1007: the user is there already.
    const made = await post('/users', { user_id: userId, name: userId })
    if (made.status !== 201 && made.body.code !== 1007) throw new Error(made.body.message)
    const { body } = await post(`/users/${userId}/token`, {})
    return { app_id: appId, url: chat, session_token: body.token, users }
  }
  const files = {
    '/': ['index.html', 'text/html'],
    '/chat.js': ['chat.js', 'text/javascript'],
    '/style.css': ['style.css', 'text/css'],
  }
  const answer = async (path, userId) => {
    const [file, type] = files[path] ?? []
    if (file) return [200, type, readFileSync(new URL(file, import.meta.url), 'utf8').replaceAll('{API_HOST}', chat)]
    const found = path === '/session' ? await session(userId) : null
    return [found ? 200 : 404, 'application/json', JSON.stringify(found ?? { message: 'there is no such thing here' })]
  }
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    void answer(pathname, searchParams.get('user_id'))
      .catch((error) => [502, 'application/json', JSON.stringify({ message: String(error) })])
      .then(([status, type, body]) => {
        response.writeHead(status, { 'Content-Type': `${type}; charset=UTF-8`, 'Cache-Control': 'no-store' }).end(body)
      })
  })
}

if (typeof fetch === 'undefined') throw new Error('This example needs Node 18 or newer.')
const { CHAT = 'http://127.0.0.1:8080', APP_ID = 'demo', API_KEY = 'demo-api-key', PORT = '3000' } = process.env
const server = exampleServer({ chat: CHAT, appId: APP_ID, apiKey: API_KEY })
server.listen(Number(PORT), 'localhost', () => {
  const url = `http://localhost:${server.address().port}/`
  console.log(`One window: ${url}?user_id=user_1\nAnother:    ${url}?user_id=user_2`)
})
