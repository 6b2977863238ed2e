import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers an upgrade request with an HTTP status and hangs up. */
export function refuseUpgrade(socket: Duplex, status: number, body = '', headers: Record<string, string> = {}): void {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`, 'Connection: close']
  if (body !== '') lines.push('Content-Type: text/plain; charset=UTF-8')
  for (const name of Object.keys(headers)) lines.push(`${name}: ${headers[name]}`)
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`, '', body)
  socket.on('error', destroy)
  // A client that doesn't read its refusal must not keep the socket.
  socket.once('finish', destroy)
  socket.end(lines.join('\r\n'))
}

function destroy(this: Duplex): void {
  this.destroy()
}
