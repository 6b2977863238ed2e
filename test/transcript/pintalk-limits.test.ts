import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GuestHouse } from '../support/guest-house.ts'

const limited = [
  ['of one address', { GUEST_MESSAGES_PER_SECOND: '1', GUEST_MESSAGE_BURST: '10' }],
  ['of one host', { HOST_MESSAGES_PER_SECOND: '1', HOST_MESSAGE_BURST: '10' }],
] as const

for (const [whose, env] of limited) {
  test(`guests ${whose} are counted together, over all their rooms; the host is not`, async () => {
    await using house = await GuestHouse.open(env)
    const rooms = [await house.newRoom('mira'), await house.newRoom('mira')] as const
    const [first, second] = [await house.guest('mira', rooms[0]), await house.guest('mira', rooms[1])]
    const host = await house.host('mira', rooms[1])
    await Promise.all([first.page(), second.page(), host.page()])
    for (let number = 0; number < 6; number++) first.says(`${number}`)
    await first.hears('5')
    for (let number = 0; number < 6; number++) second.says(`${number}`)
    const closed = await second.closed
    assert.equal(closed.code, 4008)
    assert.match(closed.reason, new RegExp(`too many messages (from this address|to this host)`))
    for (let number = 0; number < 20; number++) host.says(`host ${number}`)
    await host.hears('host 19')
    await Promise.all([first.leave(), host.leave()])
  })
}
