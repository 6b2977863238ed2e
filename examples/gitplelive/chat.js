/* global GitpleLive */

// The tutorial's page: connect, make a channel, send, receive. STEP 3 to 6 by the SDK, which may do for its user what the
// platform's REST does for a server.

const by = (id) => document.getElementById(id)
const user_id = new URLSearchParams(location.search).get('user_id') ?? 'user_1'
let client = null
let current = null
const channels = new Map()

const note = (error) => (by('note').textContent = error ? `${error.message} (${error.code})` : '')

async function start() {
  // STEP 2: the token comes from our own server, which alone has the API key. A function, so that a new one is fetched when it expires.
  const session = async () => (await fetch(`session?user_id=${encodeURIComponent(user_id)}`)).json()
  const { app_id, url, users } = await session()
  client = new GitpleLive.Client({ app_id, url, session_token: async () => (await session()).session_token })
  by('who').replaceChildren(...users.map((user) => new Option(user, user, false, user === user_id)))

  client.on('connected', showState)
  client.on('disconnected', showState)
  client.on('reconnectTry', showState)
  client.on('reconnectSucceed', showState)
  client.on('reconnectFailed', () => client.disconnectUser())
  client.on('error', note)

  // STEP 7: whoever sent it, from whichever device.
  client.on('group:message_send', (message, channel) => {
    keep(channel)
    if (channel.channel_id !== current) return
    showMessage(message)
    client.markRead({ channel_id: current })
  })
  client.on('group:message_update', (message) => message.channel_id === current && showMessage(message))
  client.on('group:message_delete', (message) => lineOf(message)?.remove())
  client.on('message:pending', (message) => message.channel_id === current && showMessage(message))
  client.on('message:failed', (message, error) => {
    lineOf(message)?.classList.add('failed')
    note(error)
  })
  client.on('group:channel_join', (channel, user) => (user.user_id === user_id ? keep(channel) : undefined))
  client.on('group:channel_update', keep)
  client.on('group:channel_delete', (channel) => (channels.delete(channel.channel_id), showChannels()))
  client.on('group:typing', (channel, user) => channel.channel_id === current && showTyping(user))
  // What was missed can't be told any more: ask for it.
  client.on('gap', ({ channel_id }) => channel_id === current && enter(channel_id))

  await client.connectUser({ user_id })
  const list = await client.getChannels({ limit: 100 })
  for (const channel of list.channels) channels.set(channel.channel_id, channel)
  showChannels()
  const [first] = channels.keys()
  if (first) await enter(first)
}

async function enter(channel_id) {
  current = channel_id
  by('messages').replaceChildren()
  showChannels()
  const { messages } = await client.getMessages({ channel_id, limit: 50 })
  if (current !== channel_id) return
  messages.forEach(showMessage)
  client.markRead({ channel_id })
}

function keep(channel) {
  channels.set(channel.channel_id, channel)
  showChannels()
}

function showState() {
  by('state').textContent = client.state
}

function showChannels() {
  by('channels').replaceChildren(
    ...[...channels.values()].map(({ channel_id, name }) => {
      const button = document.createElement('button')
      button.textContent = name
      button.onclick = () => enter(channel_id).catch(note)
      if (channel_id === current) button.setAttribute('aria-current', 'true')
      const item = document.createElement('li')
      item.append(button)
      return item
    }),
  )
}

/** By the sender's own name for it, as long as it has no number. */
function lineOf({ message_id, client_id }) {
  return [...by('messages').children].find(
    ({ dataset }) => (message_id && dataset.id === String(message_id)) || (client_id && dataset.client === client_id),
  )
}

function showMessage(message) {
  const line = lineOf(message) ?? by('messages').appendChild(document.createElement('li'))
  if (message.message_id) line.dataset.id = message.message_id
  if (message.client_id) line.dataset.client = message.client_id
  line.className = message.message_id ? '' : 'pending'
  const author = message.user?.name ?? message.user_id ?? ''
  line.replaceChildren(`${author}: ${message.content ?? ''}`)
  if (!message.file) return
  const link = document.createElement('a')
  link.href = message.file.url
  link.textContent = message.file.name
  line.append(' ', link)
}

let typingTimer
function showTyping(user) {
  by('typing').textContent = `${user.name} is writing…`
  clearTimeout(typingTimer)
  typingTimer = setTimeout(() => (by('typing').textContent = ''), 3000)
}

by('who').onchange = () => (location.search = `?user_id=${by('who').value}`)

// STEP 3: for the same people the same channel again, as long as nobody else was ever in it.
by('new').onsubmit = (event) => {
  event.preventDefault()
  note(null)
  const named = new FormData(event.target).get('members').split(/[\s,]+/)
  const members = [...new Set([user_id, ...named.filter(Boolean)])].toSorted((a, b) => a.localeCompare(b))
  const channel_id = `${members.join('_')}_${Date.now()}`.toLowerCase().replace(/[^a-z0-9_]/g, '_')
  client
    .createChannel({ channel_id, name: members.join(', '), members, reuse: true })
    .then((channel) => (keep(channel), enter(channel.channel_id)))
    .catch(note)
}

// STEP 6
by('send').onsubmit = (event) => {
  event.preventDefault()
  note(null)
  const form = event.target
  const content = form.elements.content.value
  const [file] = form.elements.file.files
  form.reset()
  if (!current) return
  if (!file) {
    // Shown at once; what becomes of it is told by events.
    if (content !== '') client.sendMessage({ channel_id: current, content })
    return
  }
  const progress = by('progress')
  progress.hidden = false
  const on_progress = ({ loaded, total }) => (progress.value = loaded / total)
  client
    .sendFile({ channel_id: current, file, ...(content !== '' && { content }), on_progress })
    .catch(note)
    .finally(() => (progress.hidden = true))
}

let toldAt = 0
by('send').elements.content.oninput = () => {
  if (!current || Date.now() - toldAt < 2000) return
  toldAt = Date.now()
  client.sendTyping({ channel_id: current })
}

start().catch(note)
