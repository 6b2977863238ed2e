import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { picture } from '../../../../test/support/pictures.ts'
import { PintalkRest, type HostOfTest } from '../../../../test/support/pintalk-rest.ts'
import { hostMeta } from '../host.ts'

const own = ({ user }: HostOfTest, more = ''): string => `/api/users/${user.id}/${more}`

async function png(side = 8): Promise<Blob> {
  return new Blob([new Uint8Array(await picture(side, side).png().toBuffer())], { type: 'image/png' })
}

function form(values: Record<string, string | Blob>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string') data.set(name, value)
    else data.set(name, value, 'picture.png')
  }
  return data
}

/** The path of a picture's address. */
const fileOf = (address: string): string[] => new URL(address).pathname.split('/')

describe('a host’s account', () => {
  test('it sees its own and no other', async () => {
    await using rest = await PintalkRest.open()
    const [mina, juno, other] = [await rest.host('mina'), await rest.host('juno'), await rest.host('mina', 1)]
    const list = await rest.ask('GET', '/api/users', { as: mina.token })
    assert.equal(list.status, 200)
    const { results, ...page } = list.json
    assert.deepEqual(page, { count: 1, next: null, previous: null })
    assert.deepEqual(results, [(await rest.ask('GET', own(mina), { as: mina.token })).json])
    assert.equal(results[0].secretKey, mina.keys['x-pintalk-secret-key'])
    for (const method of ['GET', 'PATCH'] as const) {
      for (const path of [own(juno), own(other), '/api/users/999/', '/api/users/x/', '/api/users/1%2F../']) {
        const { status, json } = await rest.ask(method, path, { as: mina.token })
        assert.deepEqual([status, json.code], [403, 403], path)
      }
      assert.equal((await rest.ask(method, own(mina))).status, 401)
    }
    const configs = await rest.ask('PATCH', own(juno, 'configs/'), { as: mina.token, body: { useOnlineStatus: false } })
    assert.equal(configs.status, 403)
  })

  test('its profile changes field by field, in either spelling', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const patch = (body: unknown) => rest.ask('PATCH', own(mina), { as: mina.token, body })
    rest.pass(1000)
    const first = await patch({
      service_name: '새 이름',
      profileName: '민아',
      serviceDomain: 'https://new.example:8443/',
    })
    assert.equal(first.status, 200)
    const { serviceName, profileName, serviceDomain, serviceExpl, description, updatedAt } = first.json
    assert.deepEqual([serviceName, profileName, serviceDomain], ['새 이름', '민아', 'new.example:8443'])
    assert.deepEqual([serviceExpl, description, updatedAt], ['a shop', '', '2023-03-23T03:22:13.000Z'])
    const second = await patch({ description: '두\n줄', serviceExpl: '' })
    assert.deepEqual(
      [second.json.description, second.json.serviceExpl, second.json.profileName],
      ['두\n줄', '', '민아'],
    )
    // What isn't the client's to say is not taken.
    await patch({
      email: 'x@y.example',
      accessKey: 'x',
      secret_key: 'y',
      isDeleted: true,
      uuid: 'z',
      useOnlineStatus: false,
    })
    const { email, accessKey, isDeleted } = (await rest.ask('GET', own(mina), { as: mina.token })).json
    assert.deepEqual([email, accessKey, isDeleted], ['mina@mail.example', mina.keys['x-pintalk-access-key'], false])
    const wrong = await patch({ serviceName: '', profile_name: 'x'.repeat(51), serviceDomain: 'a b', description: 7 })
    assert.deepEqual(Object.keys(wrong.json.detail), ['serviceName', 'serviceDomain', 'profileName', 'description'])
    assert.equal((await patch({})).status, 200)
    assert.equal((await patch(undefined)).status, 200)
    assert.equal((await patch([])).status, 400)
    const told = rest.deliveries.filter(({ event }) => event.type === 'user_changed')
    assert.ok(told.length >= 3)
  })

  test('its configuration', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const patch = (body: unknown) => rest.ask('PATCH', own(mina, 'configs'), { as: mina.token, body })
    const { status, json } = await patch({ use_online_status: false })
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(json), ['id', 'user', 'useOnlineStatus', 'createdAt', 'updatedAt'])
    assert.deepEqual([json.useOnlineStatus, json.user.id], [false, mina.user.id])
    const headers = { ...mina.keys, origin: `https://${mina.domain}` }
    assert.deepEqual((await rest.ask('GET', '/api/users/client', { headers })).json.configs, { useOnlineStatus: false })
    assert.equal((await patch({ useOnlineStatus: 'TRUE' })).json.useOnlineStatus, true)
    for (const useOnlineStatus of [null, 1, 'yes', {}, undefined]) {
      const wrong = await patch({ useOnlineStatus })
      assert.deepEqual([wrong.status, Object.keys(wrong.json.detail)], [400, ['useOnlineStatus']])
    }
  })

  test('requests of one host are limited', async () => {
    await using rest = await PintalkRest.open({ bursts: { reads: 2 } })
    const [mina, juno] = [await rest.host('mina'), await rest.host('juno')]
    const statusOf = async (host: HostOfTest) => (await rest.ask('GET', own(host), { as: host.token })).status
    assert.deepEqual(
      [await statusOf(mina), await statusOf(mina), await statusOf(mina), await statusOf(juno)],
      [200, 200, 429, 200],
    )
  })
})

describe('a host’s picture', () => {
  test('comes with a form, is shown to guests, and the one before goes', async () => {
    await using rest = await PintalkRest.open({ publicUrl: 'https://chat.example' })
    const mina = await rest.host('mina')
    const patch = (body: FormData | object) => rest.ask('PATCH', own(mina), { as: mina.token, body })
    const first = await patch(form({ profileImage: await png(), profile_name: '민아' }))
    assert.equal(first.status, 200)
    assert.match(first.json.profileImage, /^https:\/\/chat\.example\/files\/main\/[\w-]{22}\/picture\.png$/)
    assert.equal(first.json.profileName, '민아')
    const headers = { ...mina.keys, origin: `https://${mina.domain}` }
    assert.equal((await rest.ask('GET', '/api/users/client/', { headers })).json.profileImage, first.json.profileImage)
    const second = await patch(form({ service_name: '새 이름', profile_image: await png(9) }))
    assert.notEqual(second.json.profileImage, first.json.profileImage)
    const [, , , firstId] = fileOf(first.json.profileImage)
    const [, , , secondId] = fileOf(second.json.profileImage)
    assert.equal(await rest.files.find(mina.user.appId, firstId!), null)
    assert.equal((await rest.files.find(mina.user.appId, secondId!))?.width, 9)
    // A client that sends back what it got changes nothing.
    assert.equal((await patch({ profileImage: second.json.profileImage })).json.profileImage, second.json.profileImage)
    assert.equal((await patch(form({ description: '안녕' }))).json.profileImage, second.json.profileImage)
    assert.equal((await patch({ profileImage: null })).json.profileImage, null)
    assert.equal(await rest.files.find(mina.user.appId, secondId!), null)
  })

  test('nothing but an image, nothing too large, and nothing is left behind', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const kept: string[] = []
    const { save } = rest.files
    rest.files.save = async (...given) => {
      const file = await save.apply(rest.files, given)
      kept.push(file.id)
      return file
    }
    const patch = (body: FormData) => rest.ask('PATCH', own(mina), { as: mina.token, body })
    const text = new Blob(['just words'], { type: 'image/png' })
    const svg = new Blob(['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'], {
      type: 'image/svg+xml',
    })
    for (const file of [text, svg, new Blob([])]) {
      const { status, json } = await patch(form({ profileImage: file }))
      assert.deepEqual([status, Object.keys(json.detail)], [400, ['profileImage']])
    }
    const named = new FormData()
    named.set('profileImage', svg, 'picture.svg')
    assert.equal((await patch(named)).status, 400)
    const notes = new FormData()
    notes.set('profileImage', text, 'notes.txt')
    assert.equal((await patch(notes)).status, 400)
    const large = new Blob([await png(), new Uint8Array(30_000)])
    assert.equal((await patch(form({ profileImage: large }))).status, 413)
    assert.equal((await patch(form({ profileImage: await png(), profileName: '' }))).status, 400)
    const two = form({ profileImage: await png() })
    two.append('profileImage', await png(), 'another.png')
    assert.equal((await patch(two)).status, 413)
    const fields = form({ profileImage: await png() })
    for (let index = 0; index < 30; index++) fields.append(`field${index}`, 'x')
    assert.equal((await patch(fields)).status, 413)
    assert.ok(kept.length >= 3)
    for (const id of kept) assert.equal(await rest.files.find(mina.user.appId, id), null)
    const user = await rest.store.users.byId(mina.user.appId, mina.user.id)
    assert.equal(hostMeta(user!).profileImage, null)
    // A file of another field is read over.
    assert.equal((await patch(form({ avatar: await png(), profileName: '민아' }))).json.profileName, '민아')
    assert.deepEqual(rest.log.of('error'), [])
  })

  test('a form that breaks off, or is none', async () => {
    await using rest = await PintalkRest.open()
    const mina = await rest.host('mina')
    const statusOf = async (body: string, type: string) => {
      const headers = { 'content-type': type }
      return (await rest.ask('PATCH', own(mina), { as: mina.token, body, headers })).status
    }
    const head = '--x\r\ncontent-disposition: form-data; name="profileImage"; filename="a.png"\r\n\r\n'
    assert.equal(await statusOf(`${head}\u0089PNG`, 'multipart/form-data; boundary=x'), 400)
    assert.equal(await statusOf('nonsense', 'multipart/form-data; boundary=x'), 400)
    assert.equal(await statusOf('x', 'multipart/form-data'), 400)
    assert.equal(await statusOf('a=b', 'application/x-www-form-urlencoded'), 415)
    const proto = '--x\r\ncontent-disposition: form-data; name="__proto__"\r\n\r\n1\r\n--x--\r\n'
    assert.equal(await statusOf(proto, 'multipart/form-data; boundary=x'), 400)
  })

  test('uploads are limited', async () => {
    await using rest = await PintalkRest.open({ bursts: { uploads: 1 } })
    const mina = await rest.host('mina')
    const patch = async () =>
      (await rest.ask('PATCH', own(mina), { as: mina.token, body: form({ profileImage: await png() }) })).status
    assert.deepEqual([await patch(), await patch()], [200, 429])
  })
})
