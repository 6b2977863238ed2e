import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'

/**
 * Any page may connect: who it is, a token says. Clients 2 send their requests with credentials whether there are any or
 * not, which browsers allow only when the origin is named.
 */
export function setCors(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers
  const isOld = !/[?&]EIO=4(?:&|$)/.test(request.url ?? '')
  response.setHeader('Access-Control-Allow-Origin', isOld && origin !== undefined ? origin : '*')
  if (isOld && origin !== undefined) {
    response.setHeader('Access-Control-Allow-Credentials', 'true')
    response.setHeader('Vary', 'Origin')
  }
  response.setHeader('X-Content-Type-Options', 'nosniff')
}

export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const wanted = request.headers['access-control-request-headers']
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, OPTIONS')
  if (wanted !== undefined) response.setHeader('Access-Control-Allow-Headers', wanted)
  response.setHeader('Access-Control-Max-Age', 600)
  response.writeHead(204).end()
}

/** A refusal in the form of Engine.IO's own. */
export function answer(response: ServerResponse, status: number): void {
  if (response.headersSent) return void response.end()
  const message = STATUS_CODES[status] ?? 'Refused'
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ code: status === 400 ? 3 : 4, message }))
}
