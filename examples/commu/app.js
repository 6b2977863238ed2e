import { chat } from '/config.js'

/** The official client, from the chat server itself. */
const { io } = await import(`${chat}/socket.io/socket.io.esm.min.js`)

const find = (id) => document.getElementById(id)
const note = (text) => (find('note').textContent = text)

/** All of this page's state: who is here, what they are in, and where they look. */
let token = null
let me = null
let communities = []
let open = null
/** One for each community, by its id. */
const sockets = new Map()
const nicknames = new Map()
let olderPage

async function ask(method, path, body) {
  const call = () =>
    fetch(chat + path, {
      method,
      // The refresh cookie goes along.
      credentials: 'include',
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  let response = await call()
  if (response.status === 401 && token && (await refresh())) response = await call()
  const answer = await response.json()
  if (!response.ok) throw new Error([answer.message].flat().join(', '))
  return answer.result
}

/** A new access token for the cookie's refresh token; false when that isn't good any more. */
async function refresh() {
  const response = await fetch(`${chat}/api/user/auth/refresh`, { method: 'POST', credentials: 'include' })
  token = response.ok ? (await response.json()).result.accessToken : null
  return token !== null
}

function connect(communityId) {
  // Asked for the token anew at each attempt: it may have been refreshed.
  const auth = (give) => give({ token: `Bearer ${token}` })
  const socket = io(`${chat}/socket/commu-${communityId}`, { auth })
  sockets.set(communityId, socket)
  let isRefreshed = false
  socket.on('connect', () => {
    isRefreshed = false
    find('status').textContent = 'connected'
    const { channels } = communities.find(({ _id }) => _id === communityId)
    socket.emit('join', { channels: channels.map(({ _id }) => _id) })
  })
  socket.on('disconnect', () => (find('status').textContent = 'away'))
  socket.on('connect_error', async ({ message }) => {
    // Refused with a new token too: one is no longer in the community.
    if (message !== 'Unauthorized' || isRefreshed) return
    isRefreshed = true
    if (await refresh()) socket.connect()
  })
  socket.on('new-chat', heard)
  socket.on('modify-chat', replace)
  socket.on('delete-chat', ({ channelId, id }) => channelId === open?._id && lineOf(id)?.remove())
  socket.on('invited-to-channel', (channel) => {
    communities.find(({ _id }) => _id === channel.communityId).channels.push(channel)
    showChannels()
  })
  socket.on('failed-to-send-message', ({ message }) => note(message))
}

function heard(info) {
  if (info.channelId === open?._id) find('chats').append(line(info))
  else {
    const channel = allChannels().find(({ _id }) => _id === info.channelId)
    if (channel) channel.existUnreadChat = true
    showChannels()
  }
}

function replace(info) {
  if (info.channelId === open?._id) lineOf(info.id)?.replaceWith(line(info))
}

const lineOf = (id) => find('chats').querySelector(`[data-id="${Number(id)}"]`)
const allChannels = () => communities.flatMap(({ channels }) => channels)

function line({ id, type, content, senderId, createdAt }) {
  const item = document.createElement('li')
  item.className = `${type === 'SYSTEM' ? 'SYSTEM' : ''} ${senderId === me._id ? 'mine' : ''}`
  item.dataset.id = id
  item.title = createdAt
  const name = nicknames.get(senderId)
  // Never as HTML: it is what a stranger wrote.
  item.textContent = name ? `${name}: ${content}` : content
  if (senderId === me._id) item.ondblclick = () => edit(id, content)
  return item
}

/** A double click changes one's own; nothing left of it deletes it. */
function edit(chatId, content) {
  const words = prompt('Change it, or leave nothing to delete it', content)
  if (words === null) return
  const common = { channelId: open._id, chatId }
  if (words === '') say({ chatType: 'delete', ...common }, () => lineOf(chatId)?.remove())
  else say({ chatType: 'modify', ...common, content: words }, replace)
}

function say(request, done) {
  sockets.get(open.communityId).emit('chat', request, ({ written, chatInfo, message }) => {
    note(written ? '' : message)
    if (written) done(chatInfo)
  })
}

function showChannels() {
  const items = communities.flatMap(({ name, channels }) => {
    return channels.map((channel) => {
      const item = document.createElement('li')
      item.textContent = `${name} / ${channel.name}${channel.isPrivate ? ' 🔒' : ''}`
      item.classList.toggle('unread', channel.existUnreadChat)
      item.onclick = () => look(channel).catch(({ message }) => note(message))
      return item
    })
  })
  find('channels').replaceChildren(...items)
}

async function look({ _id }) {
  const channel = await ask('GET', `/api/channels/${_id}`)
  for (const { _id: id, nickname } of channel.users) nicknames.set(id, nickname)
  open = channel
  const { chat: chats, prev } = await ask('GET', `/api/channels/${_id}/chat?prev=-1`)
  find('channel').textContent = channel.name
  find('chats').replaceChildren(...chats.map(line))
  find('chats').lastChild?.scrollIntoView()
  olderPage = prev
  find('older').hidden = prev === undefined
  find('words').disabled = false
  await ask('PATCH', `/api/channels/${_id}/lastRead`, { community_id: channel.communityId })
  const listed = allChannels().find((one) => one._id === _id)
  if (listed) listed.existUnreadChat = false
  showChannels()
}

async function enter() {
  me = await ask('GET', '/api/user/auth/me')
  ;({ communities } = await ask('GET', '/api/communities'))
  find('me').textContent = me.nickname
  find('login').hidden = true
  document.querySelector('main').hidden = false
  note(communities.length === 0 ? 'You are in no community yet.' : '')
  for (const { _id } of communities) connect(_id)
  showChannels()
  const [first] = allChannels()
  if (first) await look(first)
}

const onSubmit = (id, action) => {
  find(id).onsubmit = (event) => {
    event.preventDefault()
    action().catch(({ message }) => note(message))
  }
}

onSubmit('login', async () => {
  const body = { id: find('email').value, password: find('password').value }
  ;({ accessToken: token } = await ask('POST', '/api/user/auth/signin', body))
  await enter()
})
onSubmit('write', async () => {
  const content = find('words').value
  if (content === '') return
  say({ chatType: 'new', channelId: open._id, content }, (info) => find('chats').append(line(info)))
  find('words').value = ''
})
onSubmit('create', async () => {
  const [community] = communities
  const body = { communityId: community._id, name: find('name').value, type: 'Channel', isPrivate: false }
  const channel = await ask('POST', '/api/channel', body)
  community.channels.push(channel)
  sockets.get(community._id).emit('join', { channels: [channel._id] })
  find('name').value = ''
  await look(channel)
})
onSubmit('invite', async () => {
  const { users } = await ask('GET', `/api/users?search=${encodeURIComponent(find('who').value)}`)
  const ids = users.map(({ _id }) => _id)
  const request = { community_id: open.communityId, channel_id: open._id, users: ids.slice(0, 1) }
  sockets.get(open.communityId).emit('invite-users-to-channel', request, ({ isSuccess, message }) => {
    note(isSuccess ? `Invited ${users[0].nickname}.` : message)
  })
})
find('older').onclick = async () => {
  const { chat: chats, prev } = await ask('GET', `/api/channels/${open._id}/chat?prev=${olderPage}`)
  find('chats').prepend(...chats.map(line))
  olderPage = prev
  find('older').hidden = prev === undefined
}
find('logout').onclick = async () => {
  await ask('POST', '/api/user/auth/signout')
  location.reload()
}

// Who was here in the last hundred hours needs no password. Until now nobody would have listened to the form.
if (await refresh()) await enter()
else find('login').hidden = false
