const query = location.search
const { name, chat, tokens } = await (await fetch(`/page.json${query}`)).json()
const at = (selector) => document.querySelector(selector)
at('#who').textContent = name

/** A call to the application. */
async function call(path, body = {}) {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(path + query, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) note(`${path}: ${response.status}`)
}

function note(text) {
  at('#note').textContent = text
}

function line(list, text) {
  const item = document.createElement('li')
  item.textContent = text
  list.append(item)
  item.scrollIntoView({ block: 'nearest' })
}

/** One connection, one channel. `heard` gets the messages. Comes back when it was not refused for good. */
function connect(token, heard) {
  const { promise: open, resolve } = Promise.withResolvers()
  let socket
  const dial = () => {
    socket = new WebSocket(`${chat.replace(/^http/, 'ws')}/?token=${token}`)
    socket.onmessage = ({ data: text }) => {
      const { type, sender, data, message } = JSON.parse(text)
      if (type === 'message') heard(data, sender)
      if (type === 'error') note(message)
    }
    socket.onopen = () => {
      note('')
      resolve()
    }
    socket.onclose = ({ code, reason }) => {
      note(`${code} ${reason}`)
      if (code !== 4401) setTimeout(dial, 1000)
    }
  }
  dial()
  return { open, send: (data) => socket.send(JSON.stringify({ data })) }
}

const messages = at('#chat ol')
const shown = (data, sender) => line(messages, `${data.name ?? sender.name}: ${data.message}`)
const history = await fetch(`${chat}/api/laravel/messages`, { headers: { Authorization: `Bearer ${tokens.chat}` } })
for (const { data, sender } of (await history.json()).messages) shown(data, sender)
const room = connect(tokens.chat, shown)

at('#chat form').onsubmit = (event) => {
  event.preventDefault()
  const { words, through } = event.target.elements
  if (through.checked) void call('/rpc/chat/send_message', { message: words.value })
  else room.send({ message: words.value, name })
  words.value = ''
}

const tweets = connect(tokens.tweet, ({ tweet }) => line(at('#tweets ol'), `${tweet.user.name}: ${tweet.content}`))
at('#tweets form').onsubmit = (event) => {
  event.preventDefault()
  const { words } = event.target.elements
  void call('/rpc/tweet/store_tweet', { content: words.value })
  words.value = ''
}

const progress = connect(tokens.progress, ({ info }) => {
  const { cursor, total } = info.detail
  Object.assign(at('#job progress'), { max: total, value: cursor })
  at('#job output').textContent = `${info.title}: ${cursor} of ${total}`
})
at('#job button').onclick = () => call('/rpc/development/start_slow_job')

await Promise.all([room.open, tweets.open, progress.open])
at('fieldset').disabled = false
