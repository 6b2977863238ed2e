import { config } from '/config.js'

const { chat, accessKey, secretKey } = config
const sockets = chat.replace('http', 'ws')
const headers = {
  Accept: 'application/json; version=1.0',
  'X-PinTalk-Access-Key': accessKey,
  'X-PinTalk-Secret-Key': secretKey,
}
const find = (id) => document.getElementById(id)
const note = (text) => (find('note').textContent = text)

/** The oldest datetime that is shown: older pages are asked for by it. */
let oldest = null
let socket = null

/** Wall clock of Korea, as all clients of this protocol write it. */
function getDatetime() {
  const now = new Date()
  now.setHours(now.getHours() + 9)
  return now.toISOString().substring(0, 19)
}

function item({ message, is_host, datetime }) {
  const line = document.createElement('li')
  line.className = is_host ? 'theirs' : 'mine'
  line.title = datetime
  // Never as HTML: it is what a stranger wrote.
  line.textContent = message
  return line
}

function show(frame) {
  const list = find('messages')
  if (Array.isArray(frame.data)) {
    if (oldest === null) list.replaceChildren(...frame.data.map(item))
    else for (const message of frame.data) list.prepend(item(message))
    // The first page is ascending, older ones are descending.
    const last = oldest === null ? frame.data[0] : frame.data.at(-1)
    oldest = last?.datetime ?? oldest
    find('older').hidden = frame.data.length < 50
  } else if (frame.type === 'chat_message') {
    list.append(item(frame))
    oldest ??= frame.datetime
  }
}

async function ask(method, path) {
  const response = await fetch(chat + path, { method, headers })
  const body = await response.json()
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(body.detail)}`)
  return body
}

/** The room's name is kept for a week: whoever comes back finds what was said. */
async function roomName() {
  const kept = /(?:^|; )pintalk=([-\w]+)/.exec(document.cookie)?.[1]
  if (kept) return kept
  const { name } = await ask('POST', '/api/chat/')
  document.cookie = `pintalk=${name}; max-age=${7 * 24 * 3600}; path=/; SameSite=Lax`
  return name
}

function enter(name) {
  socket = new WebSocket(`${sockets}/ws/chat/${name}/`)
  socket.onopen = () => {
    oldest = null
    find('words').disabled = false
    note('')
  }
  socket.onmessage = ({ data }) => show(JSON.parse(data))
  socket.onclose = ({ code, reason }) => {
    find('words').disabled = true
    if (code === 1000) note('The chat was closed. Reload the page to take it up again.')
    else if (code === 4004) {
      document.cookie = 'pintalk=; max-age=0; path=/'
      note('This chat is gone. Reload the page to begin a new one.')
    } else if (code === 4000 || code === 4003) note(`${code} ${reason}`)
    else setTimeout(enter, 1000 + 2000 * Math.random(), name)
  }
}

function watch(uuid) {
  const status = new WebSocket(`${sockets}/ws/chat/${uuid}/status/`)
  status.onopen = () =>
    status.send(JSON.stringify({ type: 'notice', is_host: false, message: 'online', datetime: getDatetime() }))
  status.onmessage = ({ data }) => (find('status').textContent = JSON.parse(data).message)
  status.onclose = ({ code }) => {
    find('status').textContent = ''
    if (code < 4000) setTimeout(watch, 1000 + 2000 * Math.random(), uuid)
  }
}

find('write').onsubmit = (event) => {
  event.preventDefault()
  const message = find('words').value
  if (message.trim() === '') return
  socket.send(JSON.stringify({ type: 'chat_message', is_host: false, message, datetime: getDatetime() }))
  find('words').value = ''
}
find('older').onclick = () => socket.send(JSON.stringify({ type: 'request', message: oldest }))

try {
  const host = await ask('GET', '/api/users/client/')
  find('host').textContent = host.profileName
  if (host.configs.useOnlineStatus) watch(host.uuid)
  enter(await roomName())
} catch (error) {
  note(`${error.message} Is this page on the host’s service domain? See /admin.`)
}
