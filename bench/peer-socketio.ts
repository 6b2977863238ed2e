import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'

/** The official server with its defaults: who joins a room hears what is said in it, the speaker too; the speaker gets an ack. Keeps nothing. */
const http = createServer()
const server = new Server(http)

server.on('connection', (socket) => {
  socket.on('join', (room: string, ack: () => void) => {
    void socket.join(room)
    ack()
  })
  socket.on('say', (room: string, message: object, ack: () => void) => {
    server.in(room).emit('said', message)
    ack()
  })
})
// The same for the clients of communities: everybody but the speaker hears it, and the ack shows what was written.
let chats = 0
server.of(/^\/socket\/commu-.+$/).on('connection', (socket) => {
  socket.on('join', ({ channels }: { channels: string[] }, ack: (answer: object) => void) => {
    void socket.join(channels)
    ack({ joined: channels, refused: [] })
  })
  socket.on('chat', ({ channelId, content }: Record<string, string>, ack: (answer: object) => void) => {
    const at = new Date().toISOString()
    const names = { senderId: channelId, channelId, communityId: channelId }
    const chatInfo = { id: chats++, type: 'TEXT', content, createdAt: at, updatedAt: at, ...names }
    socket.to(channelId ?? '').emit('new-chat', chatInfo)
    ack({ written: true, chatInfo })
  })
})
http.listen(0, '127.0.0.1', () => {
  console.log(`peer listening on http://127.0.0.1:${(http.address() as AddressInfo).port}`)
})
