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
http.listen(0, '127.0.0.1', () => {
  console.log(`peer listening on http://127.0.0.1:${(http.address() as AddressInfo).port}`)
})
