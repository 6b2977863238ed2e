/**
 * The packets of the Socket.IO protocol, revisions 4 (clients 1 and 2) and 5 (clients 3 and 4), as one text each:
 * `<type>[<namespace>,][<ack id>][JSON]`. Binary packets (types 5 and 6) are not taken: nothing here has use for them.
 */
export type Packet =
  /** `query` is what clients 2 write after the namespace. */
  | { readonly type: 'connect'; readonly namespace: string; readonly query: string; readonly auth: Fields | null }
  | { readonly type: 'disconnect'; readonly namespace: string }
  | {
      readonly type: 'event'
      readonly namespace: string
      readonly ackId: number | null
      readonly name: string
      readonly args: readonly unknown[]
    }
  /** Answers what we never ask. */
  | { readonly type: 'ack'; readonly namespace: string }

/** What a client wrote as a JSON object. Read single fields by their names; don't copy it. */
export type Fields = { readonly [name: string]: unknown }

const maxNamespaceChars = 200
/** Below 2^53, so that the number we answer with is the one that came. */
const maxAckDigits = 15
/** The words of chats are flat. Whoever passes a value on as JSON walks it recursively. */
const maxDepth = 32

/** The library raises these itself: on the other end's word they would look like its own, and newer ones hang up at it. */
export const reservedEvents: ReadonlySet<unknown> = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
])

/** Null for what is no packet, or one that is not taken. */
export function decodePacket(text: string): Packet | null {
  const type = text.charCodeAt(0) - 48
  if (type !== 0 && type !== 1 && type !== 2 && type !== 3) return null
  let at = 1
  let namespace = '/'
  let query = ''
  if (text.charCodeAt(at) === 47) {
    const comma = text.indexOf(',', at)
    const end = comma === -1 ? text.length : comma
    const mark = text.indexOf('?', at)
    const nameEnd = mark === -1 || mark > end ? end : mark
    if (nameEnd - at > maxNamespaceChars) return null
    namespace = text.slice(at, nameEnd)
    query = text.slice(nameEnd + 1, end)
    at = end + 1
  }
  const digitsAt = at
  while (isDigit(text.charCodeAt(at))) at++
  if (at - digitsAt > maxAckDigits) return null
  const ackId = at === digitsAt ? null : Number(text.slice(digitsAt, at))
  switch (type) {
    case 0: {
      const auth = at < text.length ? parsed(text, at) : null
      return isFields(auth) || auth === null ? { type: 'connect', namespace, query, auth } : null
    }
    case 1:
      return at >= text.length ? { type: 'disconnect', namespace } : null
    case 2: {
      const values = parsed(text, at)
      if (!Array.isArray(values)) return null
      const [name, ...args] = values as unknown[]
      if (reservedEvents.has(name)) return null
      // Clients may count their events instead of naming them.
      if (typeof name !== 'string' && typeof name !== 'number') return null
      return { type: 'event', namespace, ackId, name: String(name), args }
    }
    case 3:
      return { type: 'ack', namespace }
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** Undefined for what is no JSON, or holds what nobody sends in good faith. */
function parsed(text: string, at: number): unknown {
  try {
    const value: unknown = JSON.parse(text.slice(at))
    return isPlain(value, maxDepth) ? value : undefined
  } catch {
    return undefined
  }
}

/** A key `__proto__` is a value's own as it comes out of the parser, and sets the prototype of whatever it is copied to. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth - 1))
  for (const key in value) {
    if (key === '__proto__' || !isPlain((value as Fields)[key], depth - 1)) return false
  }
  return true
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text of a packet, with the Engine.IO message's type before it. */
export function connectText(namespace: string, data: object | null): string {
  return `40${prefixOf(namespace)}${data === null ? '' : JSON.stringify(data)}`
}

export function disconnectText(namespace: string): string {
  return `41${prefixOf(namespace)}`
}

/** Before the JSON array of an event's name and arguments. */
export function eventPrefix(namespace: string): string {
  return `42${prefixOf(namespace)}`
}

export function ackText(namespace: string, ackId: number, args: readonly unknown[]): string {
  return `43${prefixOf(namespace)}${ackId}${JSON.stringify(args)}`
}

/** Clients 2 read the reason itself, later ones an object with a `message`. */
export function refusalText(namespace: string, reason: unknown): string {
  return `44${prefixOf(namespace)}${JSON.stringify(reason)}`
}

function prefixOf(namespace: string): string {
  return namespace === '/' ? '' : `${namespace},`
}
