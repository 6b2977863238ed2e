import { config } from '/config.js'

const { chat } = config
const sockets = chat.replace('http', 'ws')
const find = (id) => document.getElementById(id)
const note = (text) => (find('note').textContent = text)

let token = null
let me = null
/** The room that is looked at, as the list has it, and its socket. */
let room = null
let socket = null
let oldest = null

function getDatetime() {
  const now = new Date()
  now.setHours(now.getHours() + 9)
  return now.toISOString().substring(0, 19)
}

async function ask(method, path, body) {
  const response = await fetch(chat + path, {
    method,
    // The refresh token travels in a cookie that scripts can't read.
    credentials: 'include',
    headers: {
      Accept: 'application/json; version=1.0',
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const answer = response.status === 204 ? null : await response.json()
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(answer.detail)}`)
  return answer
}

const listen = (id, event, action) => {
  find(id)[event] = async (happened) => {
    happened.preventDefault()
    note('')
    try {
      await action()
    } catch (error) {
      note(error.message)
    }
  }
}

function item({ message, is_host, datetime }) {
  const line = document.createElement('li')
  line.className = is_host ? 'mine' : 'theirs'
  line.title = datetime
  line.textContent = message
  return line
}

function show(frame) {
  const list = find('messages')
  if (Array.isArray(frame.data)) {
    if (oldest === null) list.replaceChildren(...frame.data.map(item))
    else for (const message of frame.data) list.prepend(item(message))
    const last = oldest === null ? frame.data[0] : frame.data.at(-1)
    oldest = last?.datetime ?? oldest
    find('older').hidden = frame.data.length < 50
  } else if (frame.type === 'chat_message') {
    list.append(item(frame))
    oldest ??= frame.datetime
  }
}

/** What is newer than the host's last look is new. */
const isNew = ({ latestMsgAt, lastCheckedAt }) =>
  latestMsgAt !== null && Date.parse(latestMsgAt) > Date.parse(lastCheckedAt ?? 0)

async function list() {
  const { results } = await ask('GET', '/api/chat/chatrooms/')
  const rows = results.map((one) => {
    const row = document.createElement('li')
    const marks = `${one.isFixed ? '📌 ' : ''}${isNew(one) ? '● ' : ''}`
    row.textContent = `${marks}${one.guest}${one.isClosed ? ' (closed)' : ''}: ${one.latestMsg ?? ''}`
    row.onclick = () => enter(one)
    return row
  })
  find('rooms').replaceChildren(...rows)
  const now = room && results.find(({ id }) => id === room.id)
  if (now) look(now)
}

function look(one) {
  room = one
  find('guest').textContent = one.guest
  find('pin').textContent = one.isFixed ? 'Unpin' : 'Pin'
  find('close').hidden = one.isClosed
  find('restore').hidden = !one.isClosed
}

function enter(one) {
  if (socket) socket.onclose = null
  socket?.close()
  look(one)
  oldest = null
  find('messages').replaceChildren()
  find('room').hidden = false
  socket = new WebSocket(`${sockets}/ws/chat/${one.name}/?token=${token}`)
  socket.onopen = () => (find('words').disabled = false)
  socket.onmessage = ({ data }) => {
    show(JSON.parse(data))
    void list()
  }
  socket.onclose = ({ code, reason }) => {
    find('words').disabled = true
    if (code === 1000 || code >= 4000) note(`${code} ${reason}`)
    // The list has brought the room anew meanwhile.
    else setTimeout(() => room?.id === one.id && enter(room), 2000)
    void list()
  }
}

/** As long as this socket is open, guests see the host online. */
function appear() {
  const status = new WebSocket(`${sockets}/ws/status/${me.uuid}/?token=${token}`)
  status.onclose = ({ code }) => {
    if (code < 4000 && token) setTimeout(appear, 1000)
  }
  listen('logout', 'onclick', async () => {
    await ask('POST', '/api/auth/logout/')
    token = null
    status.close()
    location.reload()
  })
}

function showDomain() {
  find('domain').textContent = me.serviceDomain
  find('here').hidden = me.serviceDomain === location.host
}

/** The access token is good for an hour. */
async function refresh() {
  token = (await ask('POST', '/api/auth/token/refresh/')).access_token
}

listen('login', 'onsubmit', async () => {
  const email = find('email').value
  const { accessToken, ...account } = await ask('POST', '/api/auth/login/', { email, password: find('password').value })
  token = accessToken
  me = account
  find('login').hidden = true
  find('desk').hidden = false
  showDomain()
  appear()
  await list()
  setInterval(() => void list().catch((error) => note(error.message)), 3000)
  setInterval(() => void refresh().catch((error) => note(error.message)), 50 * 60_000)
})
listen('here', 'onclick', async () => {
  me = await ask('PATCH', `/api/users/${me.id}/`, { serviceDomain: location.host })
  showDomain()
})
listen('write', 'onsubmit', async () => {
  const message = find('words').value
  if (message.trim() === '') return
  socket.send(JSON.stringify({ type: 'chat_message', is_host: true, message, datetime: getDatetime() }))
  find('words').value = ''
})
listen('older', 'onclick', async () => socket.send(JSON.stringify({ type: 'request', message: oldest })))
listen('pin', 'onclick', async () => {
  await ask('PATCH', `/api/chat/chatrooms/${room.id}/`, { isFixed: !room.isFixed })
  await list()
})
listen('close', 'onclick', async () => {
  socket.send(JSON.stringify({ type: 'notice', is_host: true, message: 'close', datetime: getDatetime() }))
})
listen('restore', 'onclick', async () => {
  await ask('PATCH', `/api/chat/chatrooms/${room.id}/restore/`)
  enter(room)
})
listen('leave', 'onclick', async () => {
  await ask('DELETE', `/api/chat/chatrooms/${room.id}/`)
  room = null
  find('room').hidden = true
  await list()
})
