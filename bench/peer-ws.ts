import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

/** The bare loop that a broadcast is compared with: what a client says is sent to each client, one `send` each. Keeps nothing. */
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })

server.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    const text = data.toString()
    for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(text)
  })
})
server.on('listening', () => {
  console.log(`peer listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
