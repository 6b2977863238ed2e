import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GuestHouse } from '../support/guest-house.ts'
import { getDatetime } from '../support/guest-socket.ts'

/** Whether the host is there, and what its guests hear of it. */

let house: GuestHouse
before(async () => (house = await GuestHouse.open({ PRESENCE_DEBOUNCE_MS: '1500' })))
after(() => house[Symbol.asyncDispose]())

describe('the host’s status', () => {
  test('two tabs are one presence, and a page that reloads doesn’t flicker', async () => {
    const guest = await house.guestStatus('nora')
    const one = await house.hostStatus('nora')
    assert.equal((await guest.next()).message, 'online')
    const two = await house.hostStatus('nora')
    await one.leave()
    two.lose()
    const reloaded = await house.hostStatus('nora')
    guest.send({ type: 'notice', is_host: false, message: 'online', datetime: getDatetime() })
    assert.equal((await guest.next()).message, 'online', 'an answer; nothing was said of the reload')
    await reloaded.leave()
    assert.equal((await guest.next()).message, 'offline')
    assert.deepEqual(guest.drain(), [])
    await guest.leave()
  })

  test('one that is switched off closes its sockets and lets nobody in, until it is on again', async () => {
    const guest = await house.guestStatus('nora')
    const host = await house.hostStatus('nora')
    const configs = `/api/users/${house.hosts.nora.id}/configs/`
    const off = { code: 4009, reason: 'the host does not show its status' }
    const patched = await house.rest('PATCH', configs, { as: 'nora', body: { useOnlineStatus: false } })
    assert.equal(patched.status, 200)
    assert.deepEqual([await guest.closed, await host.closed], [off, off])
    for (const socket of [await house.guestStatus('nora'), await house.hostStatus('nora')]) {
      assert.deepEqual(await socket.closed, off)
    }
    await house.rest('PATCH', configs, { as: 'nora', body: { useOnlineStatus: true } })
    const back = await house.guestStatus('nora')
    await back.leave()
  })

  test('an account that is left closes its sockets, and those of its guests', async () => {
    const { room, guest, host } = await house.couple('hugo')
    const bystander = await house.couple('mira')
    const [guestStatus, hostStatus] = [await house.guestStatus('hugo'), await house.hostStatus('hugo')]
    const body = { password: 'correct horse battery staple' }
    assert.equal((await house.rest('POST', '/api/auth/leave/', { as: 'hugo', body })).status, 200)
    for (const socket of [guest, guestStatus]) {
      assert.deepEqual(await socket.closed, { code: 4004, reason: 'no such host' })
    }
    for (const socket of [host, hostStatus]) {
      assert.deepEqual(await socket.closed, { code: 4003, reason: 'the account was left' })
    }
    const late = await house.guest('hugo', room)
    assert.deepEqual(await late.closed, { code: 4004, reason: 'no such host' })
    await assert.rejects(house.host('hugo', room), /HTTP 403/)
    bystander.guest.says('우리는 남는다')
    await bystander.host.hears('우리는 남는다')
    await Promise.all([bystander.guest.leave(), bystander.host.leave()])
  })
})

test('SIGTERM’s words: come back', async () => {
  await using brief = await GuestHouse.open()
  const room = await brief.newRoom('mira')
  const guest = await brief.guest('mira', room)
  await guest.page()
  guest.says('마지막 말')
  await guest.hears('마지막 말')
  await brief.close()
  assert.deepEqual(await guest.closed, { code: 1001, reason: 'the server restarts, come back' })
  assert.deepEqual(brief.log.of('error'), [])
})

test('nothing of all this was a mistake of ours', () => assert.deepEqual(house.log.of('error'), []))
