import type { Heard, History, Line, Records, Room, Send } from '../journal.ts'
import { seconds } from './kept.ts'
import type { Violation } from './violation.ts'

interface Place {
  /** 0 for the oldest. */
  readonly index: number
  readonly id: number
}

/** The words of one room in their order, and where each stands. */
interface Order {
  readonly texts: readonly string[]
  readonly places: ReadonlyMap<string, Place>
}

/** Rooms that keep their words: each line hears them in the order of the log, once, and without holes. */
export function checkHeard({ lines, histories, sends }: Records): Violation[] {
  const orders = new Map<Room, Order>()
  for (const history of histories) {
    const known = orders.get(history.room)
    if (!known || known.texts.length < history.entries.length) orders.set(history.room, orderOf(history))
  }
  const speakers = new Map(sends.map((send) => [send.text, send]))
  const violations: Violation[] = []
  for (const line of lines) {
    const order = orders.get(line.room)
    if (!order) continue
    const [past, present] = [true, false].map((isPast) => line.heard.filter((heard) => heard.isPast === isPast))
    const found = [...checkOrder(line, past ?? [], order), ...checkOrder(line, present ?? [], order)]
    // After something out of place, holes would only say the same again.
    violations.push(...(found.length > 0 ? found : checkHoles(line, order, speakers)))
  }
  return violations
}

function orderOf({ room, entries }: History): Order {
  const own = entries.filter(({ text }) => text.startsWith(`${room.name} `))
  const places = new Map<string, Place>()
  for (const [index, { text, id }] of own.entries()) if (!places.has(text)) places.set(text, { index, id })
  return { texts: own.map(({ text }) => text), places }
}

function checkOrder(line: Line, told: readonly Heard[], { places }: Order): Violation[] {
  const violations: Violation[] = []
  const heard = new Set<string>()
  let last: { text: string; index: number } | null = null
  for (const { text, id, at } of told) {
    // Another room's are another check's.
    if (!text.startsWith(`${line.room.name} `)) continue
    const place = places.get(text)
    const who = `${nameOf(line)} at ${seconds(at)}`
    if (!place) violations.push({ rule: 'lost', words: `${who} heard "${text}", which is not kept` })
    else if (heard.has(text)) violations.push({ rule: 'twice', words: `${who} heard "${text}" again` })
    else {
      if (last && last.index > place.index)
        violations.push({ rule: 'order', words: `${who} heard "${text}" after "${last.text}", which stands after it` })
      if (id !== null && id !== place.id)
        violations.push({ rule: 'order', words: `${who} heard "${text}" as ${id}, and it is ${place.id}` })
      last = { text, index: place.index }
    }
    heard.add(text)
  }
  return violations
}

function checkHoles(line: Line, { texts, places }: Order, sends: ReadonlyMap<string, Send>): Violation[] {
  const heard = new Set(line.heard.map(({ text }) => text))
  const indexes = [...heard].flatMap((text) => places.get(text)?.index ?? [])
  const { readyAt } = line
  const since = readyAt === null ? -1 : texts.findIndex((text) => (sends.get(text)?.sentAt ?? 0) > readyAt)
  const first = Math.min(...indexes, since < 0 ? texts.length : since)
  // Who is still there when all is quiet has heard everything.
  const last = line.closedAt === null ? texts.length - 1 : Math.max(-1, ...indexes)
  const missed = texts.slice(first, last + 1).filter((text) => !heard.has(text) && sends.get(text)?.by !== line.mayMiss)
  if (missed.length === 0) return []
  const which = missed.slice(0, 3).map((text) => `"${text}"`)
  const more = missed.length > 3 ? ` and ${missed.length - 3} more` : ''
  const end = line.closedAt === null ? 'the end' : `"${texts[last]}"`
  const words = `${nameOf(line)} did not hear ${which.join(', ')}${more}, between "${texts[first]}" and ${end}`
  return [{ rule: 'gap', words }]
}

export function nameOf({ reader, room, number, openedAt }: Line): string {
  return `${reader} in ${room.name} (line ${number}, since ${seconds(openedAt)})`
}
