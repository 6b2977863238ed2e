import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { picture } from '../../../../test/support/pictures.ts'
import { apps, PintalkRest, type HostOfTest } from '../../../../test/support/pintalk-rest.ts'
import type { RoomId } from '../../../core/model.ts'
import { guestIdentity, roomKey } from '../host.ts'

const path = '/api/chat/chatrooms'

async function list(rest: PintalkRest, { token }: HostOfTest, more = '/') {
  return (await rest.ask('GET', path + more, { as: token })).json
}

const idsOf = (page: { results: { id: number }[] }): number[] => page.results.map(({ id }) => id)

/** As the host's socket does it. */
async function close(rest: PintalkRest, { user }: HostOfTest, roomId: RoomId): Promise<void> {
  await rest.shared.chat.execute({ app: apps[0]!.app, user, origin: null }, { type: 'close', roomId, farewell: null })
}

describe('a host’s rooms', () => {
  test('one of them, and the list', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    assert.deepEqual(await list(rest, mina), { count: 0, next: null, previous: null, results: [] })
    const { id, name, guest } = await rest.room(mina)
    const at = '2023-03-23T03:22:12.000Z'
    const fresh = {
      id,
      host: mina.user.id,
      guest,
      name,
      latestMsg: null,
      latestMsgAt: null,
      lastCheckedAt: null,
      isClosed: false,
      closedAt: null,
      isFixed: false,
      fixedAt: null,
      createdAt: at,
      updatedAt: at,
    }
    assert.deepEqual(await list(rest, mina), { count: 1, next: null, previous: null, results: [fresh] })
    rest.pass(1000)
    await rest.write(mina, id, 'guest', '안녕하세요')
    rest.pass(1000)
    await close(rest, mina, id)
    const [later] = (await list(rest, mina, '')).results
    assert.deepEqual(later, {
      ...fresh,
      latestMsg: '안녕하세요',
      latestMsgAt: '2023-03-23T03:22:13.000Z',
      isClosed: true,
      closedAt: '2023-03-23T03:22:14.000Z',
      updatedAt: '2023-03-23T03:22:14.000Z',
    })
    await rest.shared.chat.execute(
      { app: apps[0]!.app, user: mina.user, origin: null },
      { type: 'mark_read', roomId: id, fromId: 1, toId: 1 },
    )
    assert.equal((await list(rest, mina)).results[0].lastCheckedAt, '2023-03-23T03:22:14.000Z')
    const one = await rest.ask('GET', `${path}/${id}`, { as: mina.token })
    assert.deepEqual(
      [one.status, Object.keys(one.json)],
      [200, ['host', 'guest', 'name', 'isClosed', 'closedAt', 'createdAt', 'updatedAt']],
    )
    assert.deepEqual([one.json.name, one.json.isClosed, one.json.host.email], [name, true, 'mina@mail.example'])
  })

  test('twenty on a page, the newest change first, fixed ones above', async () => {
    await using rest = await PintalkRest.open({ publicUrl: 'https://chat.example' })
    const mina = await rest.host('mina')
    const ids: number[] = []
    for (let count = 0; count < 45; count++) {
      ids.push((await rest.room(mina)).id)
      rest.pass(1000)
    }
    const newest = ids.toReversed()
    const first = await list(rest, mina)
    assert.deepEqual([first.count, idsOf(first)], [45, newest.slice(0, 20)])
    assert.deepEqual([first.next, first.previous], ['https://chat.example/api/chat/chatrooms/?page=2', null])
    const second = await list(rest, mina, '/?page=2')
    assert.deepEqual(idsOf(second), newest.slice(20, 40))
    assert.equal(second.previous, 'https://chat.example/api/chat/chatrooms/?page=1')
    const third = await list(rest, mina, '?page=3')
    assert.deepEqual([idsOf(third), third.next], [newest.slice(40), null])
    for (const page of ['4', '0', '-1', 'x', '1.5', '99999999999999999999', '%00', '1&page=2&page=3']) {
      const { status, json } = await rest.ask('GET', `${path}/?page=${page}`, { as: mina.token })
      if (page.includes('&')) assert.equal(status, 200)
      else assert.deepEqual([status, json], [404, { code: 404, detail: 'Invalid page.' }], page)
    }

    const patch = (id: number, body: unknown) => rest.ask('PATCH', `${path}/${id}/`, { as: mina.token, body })
    const fixed = await patch(ids[0]!, { isFixed: true })
    assert.deepEqual([fixed.status, fixed.json.id, fixed.json.isFixed], [200, ids[0], true])
    assert.equal(fixed.json.fixedAt, '2023-03-23T03:22:57.000Z')
    rest.pass(1000)
    await patch(ids[5]!, { is_fixed: 'true' })
    assert.deepEqual(idsOf(await list(rest, mina)).slice(0, 3), [ids[5], ids[0], ids[44]])
    assert.equal((await patch(ids[0]!, { isFixed: true })).json.fixedAt, fixed.json.fixedAt)
    const loose = await patch(ids[0]!, { isFixed: false })
    assert.deepEqual([loose.json.isFixed, loose.json.fixedAt], [false, null])
    for (const body of [{}, { isFixed: null }, { isFixed: 'maybe' }, { isFixed: [true] }]) {
      const wrong = await patch(ids[0]!, body)
      assert.deepEqual([wrong.status, Object.keys(wrong.json.detail)], [400, ['isFixed']])
    }
  })

  test('nobody comes near another’s', async () => {
    await using rest = await PintalkRest.open()
    const [mina, juno, elsewhere] = [await rest.host('mina'), await rest.host('juno'), await rest.host('mina', 1)]
    const { id } = await rest.room(mina)
    const foreign = await rest.room(elsewhere)
    await rest.write(mina, id, 'guest', 'for mina alone')
    const routes = [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['PATCH', 'close/'],
      ['PATCH', 'restore/'],
      ['GET', 'chat-messages/'],
      ['GET', 'download/'],
    ] as const
    for (const [method, more] of routes) {
      const ask = async (room: number | string, as?: string) => {
        const { status, json } = await rest.ask(method, `${path}/${room}/${more}`, {
          ...(as === undefined ? {} : { as }),
          body: { isFixed: true },
        })
        assert.equal(json.code, status)
        return status
      }
      const what = `${method} ${more}`
      assert.equal(await ask(id), 401, what)
      assert.equal(await ask(id, juno.token), 403, what)
      assert.equal(await ask(foreign.id, juno.token), 404, what)
      for (const none of [999, 0, 'x', '1e3', '99999999999999999999', '%20', '4294967297']) {
        assert.equal(await ask(none, juno.token), 404, `${what} ${none}`)
      }
    }
    assert.equal((await list(rest, juno)).count, 0)
    assert.equal((await list(rest, mina)).results[0].isFixed, false)
  })

  test('of another kind are nobody’s here', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const members = [{ userId: mina.user.id, role: 'agent' }] as const
    const draft = {
      appId: mina.user.appId,
      key: 'x',
      kind: 'group',
      name: 'x',
      state: 'active',
      ownerId: mina.user.id,
      members,
    } as const
    const { room } = await rest.store.rooms.ensure(draft)
    assert.equal((await rest.ask('GET', `${path}/${room.id}/`, { as: mina.token })).status, 404)
    assert.equal((await rest.ask('DELETE', `${path}/${room.id}/`, { as: mina.token })).status, 404)
    assert.equal((await list(rest, mina)).count, 0)
  })

  test('an open one is closed, once', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const { id } = await rest.room(mina)
    for (let times = 0; times < 2; times++) {
      const { status, json } = await rest.ask('PATCH', `${path}/${id}/close/`, { as: mina.token })
      assert.deepEqual([status, json.id, json.isClosed, typeof json.closedAt], [200, id, true, 'string'])
    }
    const told = rest.deliveries.map(({ event }) => event.type).filter((type) => type === 'room_closed')
    assert.deepEqual(told, ['room_closed'])
  })

  test('a closed one is taken up again', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const { id } = await rest.room(mina)
    await close(rest, mina, id)
    for (let times = 0; times < 2; times++) {
      const { status, json } = await rest.ask('PATCH', `${path}/${id}/restore/`, { as: mina.token })
      assert.deepEqual([status, json.id, json.isClosed, json.closedAt], [200, id, false, null])
    }
    const told = rest.deliveries.map(({ event }) => event.type).filter((type) => type === 'room_reopened')
    assert.deepEqual(told, ['room_reopened'])
  })
})

describe('removing a room', () => {
  test('open as it is, with everything in it', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const appId = mina.user.appId
    const { id, name } = await rest.room(mina)
    const other = await rest.room(mina)
    const image = async () => {
      const bytes = await picture(8, 8).png().toBuffer()
      const stream = (async function* () {
        yield bytes
      })()
      const upload = { name: 'a.png', mediaType: 'image/png', stream, maxBytes: 10_000, thumbnail: false }
      return rest.files.save(appId, upload)
    }
    const [shown, quoted, own] = [await image(), await image(), await image()]
    await rest.shared.accounts.change(appId, mina.user.id, ({ meta }) => ({
      meta: { ...meta, profileImage: rest.files.path(appId, own) },
    }))
    const session = { app: apps[0]!.app, user: mina.user, origin: null }
    const post = (type: 'image' | 'text', detail: string) =>
      rest.shared.chat.execute(session, { type: 'post', roomId: id, draft: { type, body: 'look', detail } })
    await post('image', `https://chat.example${rest.files.path(appId, shown)}`)
    await post('text', rest.files.path(appId, quoted))
    await post('image', rest.files.path(appId, own))
    await post('image', '/files/other/../../x/')
    for (const roomId of [id, other.id]) {
      await rest.shared.sendMail({
        appId,
        roomId,
        to: 'x@y.example',
        template: 'new-message',
        language: 'ko',
        values: {},
      })
    }
    const { status, text } = await rest.ask('DELETE', `${path}/${id}/`, { as: mina.token })
    assert.deepEqual([status, text], [204, ''])
    assert.equal(await rest.store.rooms.byKey(appId, roomKey(name)), null)
    assert.deepEqual(await rest.store.messages.page(id, { audience: 'staff', limit: 10, keep: 'newest' }), [])
    assert.deepEqual(
      (await rest.mails()).map(({ roomId }) => roomId),
      [other.id],
    )
    assert.equal(await rest.files.find(appId, shown.id), null)
    assert.ok(await rest.files.find(appId, quoted.id))
    assert.ok(await rest.files.find(appId, own.id))
    const guest = await rest.store.users.byIdentity(appId, guestIdentity(name))
    assert.deepEqual([guest!.name, guest!.meta], ['guest', {}])
    assert.equal(rest.deliveries.filter(({ event }) => event.type === 'room_removed' && event.roomId === id).length, 1)
    for (const method of ['DELETE', 'GET'] as const) {
      assert.equal((await rest.ask(method, `${path}/${id}/`, { as: mina.token })).status, 404)
    }
    assert.deepEqual(idsOf(await list(rest, mina)), [other.id])
  })
})
