import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { SqliteStore } from '../stores/sqlite/sqlite-store.ts'
import type { AppId } from '../core/model.ts'
import { Mailbox } from '../../test/support/mailbox.ts'
import { loneNode } from '../../test/support/lone-node.ts'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import { Postman } from './postman.ts'
import { smtpSender, type SmtpSender } from './smtp.ts'

const minute = 60_000
let at = 0
const now = (): number => at
let log: RecordedLog
let store: SqliteStore
let mailbox: Mailbox
let smtp: SmtpSender
let postman: Postman

beforeEach(async () => {
  at = Date.UTC(2023, 2, 23)
  log = new RecordedLog()
  store = new SqliteStore({ path: ':memory:', log, now })
  mailbox = await Mailbox.open()
  smtp = smtpSender(mailbox.url, 'Parlance <chat@parlance.example>')
  postman = new Postman({ ...smtp, errands: store.errands, lease: loneNode().lease('mail'), now, log })
})
afterEach(async () => {
  smtp.close()
  await mailbox.close()
  await store.close()
})

function post(to: string, code = '012345', more: object = {}): Promise<unknown> {
  const body = { to, template: 'verification', language: 'en', values: { code }, ...more }
  return store.errands.add({ appId: 'main' as AppId, kind: 'mail', roomId: null, body, dueAt: at })
}

/** How long until the mail is due again, in minutes; null for never. */
async function pause(): Promise<number | null> {
  const [errand] = await store.errands.due('mail', at + 1000 * 24 * 60 * minute, 1)
  return errand ? (errand.dueAt - at) / minute : null
}

test('a mail is brought once, to one recipient, and says the same of itself at each attempt', async () => {
  await post('mira@example.com')
  mailbox.refusals.push('451 later')
  await postman.deliver()
  assert.equal(mailbox.hasNext, false)
  at += minute
  await Promise.all([postman.deliver(), postman.deliver()])
  await postman.deliver()
  const letter = await mailbox.next()
  assert.deepEqual(letter.recipients, ['mira@example.com'])
  assert.equal(letter.sender, 'chat@parlance.example')
  assert.equal(letter.subject, 'Your verification code 012345')
  assert.equal(letter.headers['message-id'], '<parlance-1@parlance.example>')
  assert.equal(mailbox.hasNext, false)
  assert.equal(await pause(), null)
})

test('it is tried again after growing pauses, and given up after seven attempts', async () => {
  await post('mira@example.com')
  const pauses: (number | null)[] = []
  for (let attempt = 1; attempt <= 7; attempt++) {
    mailbox.refusals.push('451 later')
    await postman.deliver()
    const minutes = await pause()
    pauses.push(minutes)
    at += (minutes ?? 0) * minute - 1
    await postman.deliver()
    at += 1
  }
  assert.deepEqual(pauses, [1, 5, 30, 120, 360, 1440, null])
  assert.equal(mailbox.refusals.length, 0, 'never before its time')
  assert.equal(log.of('warn').at(-1)?.fields['givenUp'], true)
  at += 365 * 24 * 60 * minute
  await postman.deliver()
  assert.equal(mailbox.hasNext, false)
})

test('one that is refused, or is no mail at all, keeps nobody else waiting', async () => {
  mailbox.refusals.push('550 no such mailbox')
  await post('refused@example.com')
  await post('odd@example.com', '1', { template: 'constructor' })
  await post('odd@example.com', '1', { to: ['a@example.com'] })
  await post('mira@example.com', '2')
  await postman.deliver()
  assert.deepEqual((await mailbox.next()).recipients, ['mira@example.com'])
  assert.equal(log.of('warn').length, 3)
})

test('a recipient that looks like several is none', async () => {
  await post('a@example.com, b@example.com')
  await post('a@example.com\r\nRCPT TO:<c@example.com>')
  await postman.deliver()
  for (; mailbox.hasNext;) assert.equal((await mailbox.next()).recipients.length, 1)
})

test('stopping waits for the mail in hand and begins no other', async () => {
  await post('one@example.com')
  await post('two@example.com')
  let brought = 0
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: taken, resolve: take } = Promise.withResolvers<void>()
  const send = async (): Promise<void> => {
    brought++
    begin()
    await taken
  }
  const slow = new Postman({ send, host: 'x', errands: store.errands, lease: loneNode().lease('mail'), now, log })
  slow.sweep()
  await begun
  const stopped = slow.stop()
  take()
  await stopped
  await slow.deliver()
  assert.equal(brought, 1)
  assert.equal((await store.errands.due('mail', at, 9)).length, 1)
})
