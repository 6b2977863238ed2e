import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { domains, GuestHouse } from '../support/guest-house.ts'
import { Mailbox } from '../support/mailbox.ts'

/** From a message to the mail server of the one who isn't there. */

let mailbox: Mailbox
let house: GuestHouse
before(async () => {
  mailbox = await Mailbox.open()
  const from = 'Parlance <chat@parlance.example>'
  house = await GuestHouse.open({ SMTP_URL: mailbox.url, MAIL_FROM: from, PUBLIC_URL: 'https://chat.example' })
})
after(async () => {
  await house[Symbol.asyncDispose]()
  await mailbox.close()
})

test('a host that isn’t in the room gets a mail, and no more of the same room for ten minutes', async () => {
  const room = await house.newRoom('mira')
  const guest = await house.guest('mira', room)
  await guest.page()
  const long = `안녕하세요\r\n.\r\nBcc: evil@example.com {link} ${'가'.repeat(300)}`
  guest.says(long)
  const mail = await mailbox.next()
  assert.deepEqual(mail.recipients, ['mira@example.com'])
  assert.equal(mail.sender, 'chat@parlance.example')
  assert.match(mail.headers['message-id'] ?? '', /^<parlance-\d+@parlance\.example>$/)
  assert.equal(mail.headers['bcc'], undefined)
  assert.match(mail.subject, new RegExp(`^${room.guest} 님의 새 메시지$`))
  const quoted = [...long].slice(0, 200).join('').replaceAll('\r\n', '\n')
  assert.equal(
    mail.text.trimEnd(),
    `${room.guest} 님이 메시지를 보냈습니다.\n\n${quoted}\n\n답장하기: https://chat.example`,
  )
  for (let number = 0; number < 20; number++) guest.says(`${number}`)
  await guest.hears('19')
  await guest.leave()
})

test('who is in the room gets none; a guest that gave its address gets one when it is gone', async () => {
  const room = await house.newRoom('hugo', { email: 'guest@example.org' })
  const host = await house.host('hugo', room)
  const guest = await house.guest('hugo', room)
  await Promise.all([host.page(), guest.page()])
  guest.says('여기 있어요')
  await host.hears('여기 있어요')
  host.says('저도요')
  await guest.hears('저도요')
  await guest.leave()
  // The server may hear of the good-bye after the first of them.
  for (let number = 0; number < 50 && !mailbox.hasNext; number++) {
    host.says(`어디 계세요? ${number}`)
    await host.hears(`어디 계세요? ${number}`)
  }
  const mail = await mailbox.next()
  assert.deepEqual(mail.recipients, ['guest@example.org'])
  assert.match(mail.text, /https:\/\/blog\.example:8443/)
  await host.leave()
})

test('a guest that gave no address is sent nothing', async () => {
  const room = await house.newRoom('hugo')
  const host = await house.host('hugo', room)
  await host.page()
  host.says('계세요?')
  await host.hears('계세요?')
  await host.leave()
})

test('these were all the mails', async () => {
  await house.close()
  assert.deepEqual(await outbox(house), [])
  assert.equal(mailbox.hasNext, false)
  assert.deepEqual([...house.log.of('error'), ...house.log.of('warn')], [])
})

test('while the mail server refuses, mails wait; a room that is left takes them along', async () => {
  const from = 'chat@parlance.example'
  await using house = await GuestHouse.open({ SMTP_URL: mailbox.url, MAIL_FROM: from })
  mailbox.refusals.push('451 come back later', '451 come back later')
  const refused = mailbox.refused(2)
  const [room, other] = [await house.newRoom('mira'), await house.newRoom('hugo')]
  for (const [name, { name: path }] of [
    ['mira', room],
    ['hugo', other],
  ] as const) {
    const guest = await house.dial(`/ws/chat/${path}/`, { origin: `https://${domains[name]}` })
    guest.says('여보세요')
    await guest.hears('여보세요')
    await guest.leave()
  }
  await refused
  const left = await house.rest('DELETE', `/api/chat/chatrooms/${room.id}/`, { as: 'mira' })
  assert.equal(left.status, 204)
  await house.close()
  assert.deepEqual(
    (await outbox(house)).map(({ to, attempts }) => [to, attempts]),
    [['hugo@example.com', 1]],
  )
  assert.equal(mailbox.hasNext, false)
  assert.equal(house.log.of('warn').filter(({ message }) => /waits in the outbox/.test(message)).length, 2)
})

test('without a mail server they are in the outbox, and the log says so', async () => {
  await using house = await GuestHouse.open()
  const room = await house.newRoom('mira')
  const guest = await house.guest('mira', room)
  const said = house.log.next('warn')
  guest.says('여보세요')
  assert.equal((await said).fields['reason'], 'PARLANCE_SMTP_URL is not set')
  await house.close()
  assert.deepEqual(
    (await outbox(house)).map(({ to }) => to),
    ['mira@example.com'],
  )
})

async function outbox(house: GuestHouse): Promise<{ to: string; attempts: number }[]> {
  const store = await house.openStore()
  const errands = await store.errands.due('mail', Number.MAX_SAFE_INTEGER, 100)
  await store.close()
  return errands.map(({ body, attempts }) => ({ to: String(body['to']), attempts }))
}
