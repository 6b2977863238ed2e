import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkAll } from '../torture/checks/checks.ts'
import { Journal, type History, type Line, type Records, type Room } from '../torture/journal.ts'

/** Each promise, broken by hand in a story that is clean otherwise: who can't find that finds nothing. */

const room = (name: string, isKept = true): Room => ({ name, tenant: name.split('/')[0] ?? '', isKept })
const desk = room('north/desk')
const southDesk = room('south/desk')
const orders = room('north/orders', false)
const texts = ['north/desk ana 1', 'north/desk bo 1', 'north/desk ana 2', 'north/desk bo 2'] as const
const healedAt = 0.5

interface Story extends Records {
  readonly histories: History[]
  readonly marksKept: Records['marksKept'][number][]
  readonly troubles: Records['troubles'][number][]
}

/** Ana and Bo talk, one after the other; both hear everything, and two nodes know it. */
class Told {
  now = 0
  readonly journal = new Journal(() => this.now)
  readonly ana: Line
  readonly bo: Line
  readonly story: Story

  constructor() {
    this.ana = this.listener(desk, 'ana')
    this.bo = this.listener(desk, 'bo')
    for (const [index, text] of texts.entries()) {
      this.now = index + 1
      this.says(desk, text, index + 1)
      for (const line of [this.ana, this.bo]) this.journal.hear(line, text, index + 1)
    }
    this.now++
    this.story = { ...this.journal, histories: ['node 1', 'node 2'].map(historyOf), marksKept: [], troubles: [] }
  }

  listener(where: Room, reader: string, mayMiss: string | null = null): Line {
    const line = this.journal.open(where, reader, mayMiss)
    this.journal.ready(line)
    this.journal.readers.push({ room: where, name: reader })
    return line
  }

  says(where: Room, text: string, id: number | null = null): void {
    const [, by = ''] = text.split(' ')
    const send = this.journal.send(where, by, text)
    this.now += 0.1
    this.journal.end(send, { outcome: 'acked', id })
  }

  /** Nobody knows whether it was taken. */
  tries(where: Room, text: string): void {
    const [, by = ''] = text.split(' ')
    this.now++
    this.journal.end(this.journal.send(where, by, text), { outcome: 'unknown', why: 'cut off' })
  }

  /** At the desk: something is kept and heard, and acknowledged if it wasn't tried before. */
  goesOn(text: string, listeners: readonly Line[] = [this.ana, this.bo]): void {
    this.now++
    if (!this.journal.sends.some((send) => send.text === text)) this.says(desk, text)
    for (const history of this.story.histories) {
      const entries = entriesOf(history)
      entries.push({ id: entries.length + 1, text })
    }
    for (const line of listeners) this.journal.hear(line, text)
  }

  /** The rules that are broken. */
  get rules(): string[] {
    return [...new Set(checkAll(this.story, healedAt).map(({ rule }) => rule))].toSorted()
  }
}

function historyOf(node: string): History {
  return { node, room: desk, entries: texts.map((text, index) => ({ id: index + 1, text })) }
}

/** The entries of a history, to be changed. */
function entriesOf(history: History | undefined): { id: number; text: string }[] {
  return history?.entries as { id: number; text: string }[]
}

function finds(what: string, rules: readonly string[], spoil: (told: Told) => void): void {
  test(what, () => {
    const told = new Told()
    spoil(told)
    assert.deepEqual(told.rules, rules)
  })
}

describe('a clean story', () => {
  finds('as it is', [], () => {})
  finds('who comes late and goes early hears a part of it', [], (told) => {
    const line = told.listener(desk, 'cy')
    for (const text of texts.slice(1, 3)) told.journal.hear(line, text)
    told.journal.close(line)
    told.listener(desk, 'cy')
  })
  finds('what nobody acknowledged may be lost or kept', [], (told) => {
    for (const by of ['cy', 'dan']) told.tries(desk, `north/desk ${by} 1`)
    for (const text of ['north/desk dan 1', 'north/desk cy 2', 'north/desk dan 2']) told.goesOn(text)
  })
  finds('a page of the past may have what was heard already', [], ({ journal, bo }) => {
    for (const text of texts) journal.hear(bo, text, null, true)
  })
  finds('who says something need not hear it where its protocol spares it', [], (told) => {
    const line = told.listener(desk, 'ana', 'ana')
    for (const text of texts.filter((one) => one.includes('bo'))) told.journal.hear(line, text)
  })
})

describe('lost', () => {
  finds('an acknowledged message is not kept', ['lost'], ({ story, journal }) => {
    for (const history of story.histories) entriesOf(history).splice(1, 1)
    for (const line of journal.lines) line.heard.splice(1, 1)
  })
  finds('one node doesn’t know an acknowledged message', ['lost', 'order'], ({ story }) => {
    entriesOf(story.histories[1]).pop()
  })
  finds('what was heard is not kept, though nobody was answered', ['lost'], (told) => {
    told.tries(desk, 'north/desk ana 3')
    told.journal.hear(told.bo, 'north/desk ana 3')
    told.goesOn('north/desk ana 4')
  })
})

describe('twice', () => {
  finds('a message is kept twice', ['order', 'twice'], ({ story }) => {
    for (const history of story.histories) entriesOf(history).push({ id: 5, text: texts[0] })
  })
  finds('a message that nobody acknowledged is kept twice', ['twice'], (told) => {
    told.tries(desk, 'north/desk ana 3')
    for (const text of ['north/desk ana 3', 'north/desk ana 4']) told.goesOn(text)
    for (const history of told.story.histories) entriesOf(history).push({ id: 7, text: 'north/desk ana 3' })
  })
  finds('a message is kept that nobody said', ['gap', 'twice'], ({ story }) => {
    for (const history of story.histories) entriesOf(history).push({ id: 5, text: 'north/desk nobody 1' })
  })
  finds('one connection hears a message twice', ['twice'], ({ journal, ana }) => {
    journal.hear(ana, texts[3], 4)
  })
})

describe('order', () => {
  finds('two connections hear two orders', ['order'], ({ bo }) => {
    bo.heard.splice(1, 2, ...bo.heard.slice(1, 3).toReversed())
  })
  finds('two nodes know two orders', ['order'], ({ story }) => {
    const entries = entriesOf(story.histories[1])
    entries.splice(1, 2, { id: 2, text: texts[2] }, { id: 3, text: texts[1] })
  })
  finds('what was said after an acknowledgement stands before it', ['order'], ({ story, journal }) => {
    const swapped = [texts[1], texts[0], texts[2], texts[3]]
    for (const history of story.histories)
      entriesOf(history).splice(0, 4, ...swapped.map((text, index) => ({ id: index + 1, text })))
    for (const { heard } of journal.lines) {
      heard.splice(0, 2, ...heard.slice(0, 2).toReversed())
      for (const one of heard) Object.assign(one, { id: null })
    }
    for (const send of journal.sends) send.id = null
  })
  finds('a message has another id than its sender was told', ['order'], ({ journal }) => {
    Object.assign(journal.sends[0] ?? {}, { id: 7 })
  })
  finds('a message has another id than its reader was told', ['order'], ({ ana }) => {
    Object.assign(ana.heard[0] ?? {}, { id: 7 })
  })
  finds('a broadcast that was answered comes after one that was said later', ['order'], (told) => {
    const line = told.listener(orders, 'page')
    for (const number of [1, 2]) {
      told.says(orders, `north/orders shop ${number}`)
      told.now++
    }
    for (const number of [2, 1]) told.journal.hear(line, `north/orders shop ${number}`)
  })
})

describe('gap', () => {
  finds('a connection misses one in between', ['gap'], ({ ana }) => {
    ana.heard.splice(1, 1)
  })
  finds('a connection that is still there misses the last', ['gap'], ({ ana }) => {
    ana.heard.pop()
  })
  finds('a connection that is still there hears nothing at all', ['gap'], (told) => {
    told.listener(desk, 'cy')
    told.goesOn('north/desk ana 3', [told.ana, told.bo])
  })
  finds(
    'a connection misses what lies between the page of the past and the present',
    ['gap'],
    ({ journal, listener }) => {
      const line = listener.call({ journal }, desk, 'cy')
      journal.hear(line, texts[0], 1, true)
      for (const text of texts.slice(2)) journal.hear(line, text)
    },
  )
})

describe('broadcasts', () => {
  const told = (): { told: Told; line: Line } => {
    const one = new Told()
    one.now = 10_000
    const line = one.listener(orders, 'page')
    one.now = 20_000
    one.says(orders, 'north/orders shop 1')
    one.now = 30_000
    one.says(orders, 'north/orders shop 2')
    one.journal.hear(line, 'north/orders shop 2')
    return { told: one, line }
  }
  test('lost in calm', () => assert.deepEqual(told().told.rules, ['lost']))
  test('lost in trouble is no fault', () => {
    const { told: one } = told()
    one.story.troubles.push({ from: 18_000, to: 19_000 })
    assert.deepEqual(one.rules, [])
  })
  test('twice', () => {
    const { told: one, line } = told()
    one.story.troubles.push({ from: 18_000, to: 19_000 })
    one.journal.hear(line, 'north/orders shop 2')
    assert.deepEqual(one.rules, ['twice'])
  })
})

describe('marks', () => {
  finds('a connection is told that somebody has read less than before', ['marks'], ({ journal, ana }) => {
    for (const toId of [2, 3, 2]) journal.mark(ana, 'bo', toId)
  })
  finds('two connections are told of it at different times', [], ({ journal, ana, bo }) => {
    journal.mark(ana, 'bo', 3)
    journal.mark(bo, 'bo', 2)
  })
  finds('a node has forgotten a mark that it answered', ['marks'], ({ journal, story }) => {
    journal.marksSet.push({ room: desk, reader: 'bo', toId: 3 })
    story.marksKept.push({ room: desk, node: 'node 2', reader: 'bo', toId: 2 })
  })
})

describe('tenants', () => {
  finds('a connection hears what another tenant said', ['tenants'], (told) => {
    told.says(southDesk, 'south/desk ana 1')
    told.listener(southDesk, 'ana')
    told.journal.hear(told.ana, 'south/desk ana 1')
  })
  finds('a room keeps what another tenant said', ['tenants'], (told) => {
    told.says(southDesk, 'south/desk ana 1')
    for (const history of told.story.histories) entriesOf(history).push({ id: 5, text: 'south/desk ana 1' })
  })
})

describe('healing', () => {
  finds('somebody isn’t answered any more', ['healing'], ({ journal }) => {
    const send = journal.send(desk, 'ana', 'north/desk ana 3')
    journal.end(send, { outcome: 'refused', why: 'unavailable' })
  })
  finds('somebody didn’t come back', ['healing'], ({ journal, bo }) => {
    journal.close(bo)
  })
})
