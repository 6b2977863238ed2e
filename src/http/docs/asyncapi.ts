import { exampleOf } from './example.ts'
import type { Served } from './openapi.ts'
import type { Schema } from '../route-docs.ts'
import { SchemaPool } from './schema-pool.ts'
import type { MessageDocs, SocketDocs, SocketServer } from './socket-docs.ts'

type Plain = (schema: Schema) => object

/** The AsyncAPI 3.0 document of the sockets. In it the server speaks: it receives what clients send. */
export function asyncApi(sockets: readonly SocketDocs[], { url, ...info }: Served): object {
  const pool = new SchemaPool()
  const tags = [...new Set(sockets.map(({ tag }) => tag))].toSorted()
  return {
    asyncapi: '3.0.0',
    info: { ...info, license: { name: 'MIT' }, tags: tags.map((name) => ({ name })) },
    defaultContentType: 'application/json',
    servers: Object.fromEntries(sockets.map(({ server }) => [server.name, serverObject(server, new URL(url))])),
    channels: Object.fromEntries(sockets.map((socket) => [idOf(socket), channel(pool, socket)])),
    operations: Object.fromEntries(sockets.flatMap(operations)),
    components: { schemas: pool.schemas },
  }
}

function serverObject({ protocol, pathname, description }: SocketServer, { host, protocol: scheme }: URL): object {
  const secured = scheme === 'https:' ? `${protocol}s` : protocol
  return { host, protocol: secured, ...(pathname === undefined ? {} : { pathname }), description }
}

function channel(pool: SchemaPool, socket: SocketDocs): object {
  const { tag, server, title, description, address, parameters = {}, query, headers } = socket
  const plain: Plain = (schema) => pool.plain(tag, schema)
  const shown = Object.entries(parameters).map(([name, one]) => [
    name,
    { description: one.description, examples: [one.example] },
  ])
  const handshake = { ...(query && { query: plain(query) }), ...(headers && { headers: plain(headers) }) }
  return {
    address,
    title,
    description,
    servers: [{ $ref: `#/servers/${server.name}` }],
    tags: [{ name: tag }],
    ...(shown.length > 0 ? { parameters: Object.fromEntries(shown) } : {}),
    ...(query || headers ? { bindings: { ws: { method: 'GET', ...handshake, bindingVersion: '0.1.0' } } } : {}),
    messages: { ...messages(plain, 'fromClient', socket), ...messages(plain, 'toClient', socket) },
  }
}

function messages(plain: Plain, way: 'fromClient' | 'toClient', socket: SocketDocs): object {
  const entries = Object.entries(socket[way])
  return Object.fromEntries(entries.map(([name, one]) => [messageId(way, name), message(plain, name, one)])) as object
}

function message(plain: Plain, name: string, { summary, payload, headers, examples, ack }: MessageDocs): object {
  const payloads = examples ?? [exampleOf(payload)]
  const head = headers ? { headers: exampleOf(headers) } : {}
  return {
    name,
    summary,
    ...(headers ? { headers: plain(headers) } : {}),
    payload: plain(payload),
    examples: payloads.map((one) => ({ ...head, payload: one })),
    ...(ack ? { 'x-ack': plain(ack) } : {}),
  }
}

function operations(socket: SocketDocs): [string, object][] {
  const ways = [
    ['receive', 'fromClient', 'What clients send'],
    ['send', 'toClient', 'What clients hear'],
  ] as const
  return ways.flatMap(([action, way, summary]): [string, object][] => {
    const names = Object.keys(socket[way])
    if (names.length === 0) return []
    const ref = `#/channels/${idOf(socket)}`
    const refs = names.map((name) => ({ $ref: `${ref}/messages/${escapePointer(messageId(way, name))}` }))
    return [
      [
        `${idOf(socket)}.${action}`,
        { action, channel: { $ref: ref }, summary, tags: [{ name: socket.tag }], messages: refs },
      ],
    ]
  })
}

function messageId(way: 'fromClient' | 'toClient', name: string): string {
  return `${way}.${name}`
}

function idOf({ tag, name }: SocketDocs): string {
  return `${tag}.${name}`
}

function escapePointer(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))
}
