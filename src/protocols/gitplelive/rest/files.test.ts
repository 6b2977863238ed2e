import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { picture } from '../../../../test/support/pictures.ts'
import { apps, GitpleliveRest, keysOf } from '../../../../test/support/gitplelive-rest.ts'

const messages = '/group/channels/team/messages'
const { id: shop } = apps[0].app

async function setUp(options = {}): Promise<GitpleliveRest> {
  const rest = await GitpleliveRest.open(options)
  await rest.users('ana', 'bo', 'cy')
  await rest.channel('team', 'ana', 'bo')
  return rest
}

function form(fields: Readonly<Record<string, string>>, file?: File): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  if (file) data.append('file', file)
  return data
}

const words = (name = 'a.txt') => new File(['some words'], name)
const idOf = (url: string): string => url.split('/')[5] ?? url.split('/')[3] ?? ''

describe('messages with files', () => {
  test('are sent, shown, and removed with their message', async () => {
    await using rest = await setUp()
    const fields = { user_id: 'ana', content: 'look', meta: '{"a":1}' }
    const image = new File([new Uint8Array(await picture(30, 20).png().toBuffer())], '바다.png', { type: 'text/html' })
    const { status, json } = await rest.platform('POST', messages, form(fields, image))
    assert.equal(status, 201)
    assert.deepEqual([json.type, json.content, json.meta], ['file', 'look', { a: 1 }])
    const { url, ...file } = json.file
    assert.deepEqual(file, { type: 'image/png', name: '바다.png', size: image.size })
    assert.match(url, /\/files\/shop\/[\w-]{22}\//)
    const plain = await rest.as('bo', 'POST', messages, form({}, words()))
    assert.deepEqual([plain.json.type, 'content' in plain.json, plain.json.user.user_id], ['file', false, 'bo'])
    const found = (await rest.platform('GET', `${messages}?type=file`)).json.messages
    assert.deepEqual(found, [json, plain.json])
    const id = idOf(new URL(url, 'http://x').href)
    assert.ok(await rest.shared.files.find(shop, id))
    const gone = await rest.platform('DELETE', `${messages}/1`)
    assert.equal(gone.json.file.name, '바다.png')
    assert.equal(await rest.shared.files.find(shop, id), null)
  })

  test('fields may come after the file', async () => {
    await using rest = await setUp()
    const data = form({}, words())
    data.append('user_id', 'ana')
    assert.equal((await rest.platform('POST', messages, data)).status, 201)
  })

  test('a refused one leaves no file behind', async () => {
    await using rest = await setUp()
    const saved: string[] = []
    const removed: string[] = []
    const { files } = rest.shared
    const [save, remove] = [files.save.bind(files), files.remove.bind(files)]
    files.save = async (...args) => {
      const file = await save(...args)
      saved.push(file.id)
      return file
    }
    files.remove = (appId, id) => {
      removed.push(id)
      return remove(appId, id)
    }
    const two = form({ user_id: 'ana' }, words())
    two.append('file', words('b.txt'))
    const many = form(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field${index}`, ''])), words())
    const cases: [FormData, number, RegExp][] = [
      [two, 1001, /^file: a message has one$/],
      [many, 1001, /^the form has too many fields$/],
      [form(Object.fromEntries([['__proto__', 'x']]), words()), 1001, /^the form can’t be read$/],
      [form({ user_id: 'cy' }, words()), 1008, /member/],
      [form({ user_id: 'zoe' }, words()), 1004, /zoe/],
      [form({}, words()), 1001, /^user_id/],
      [form({ user_id: 'ana', meta: '{' }, words()), 1001, /^meta/],
      [form({ user_id: 'ana', meta: '[]' }, words()), 1001, /^meta/],
      [form({ user_id: 'ana', content: 'x'.repeat(1001) }, words()), 1001, /^content/],
      [form({ user_id: 'ana' }), 1001, /^file/],
      [form({ user_id: 'ana', file: 'no file' }), 1001, /^file/],
      [form({ user_id: 'ana' }, words('a.exe')), 1001, /^file/],
      [form({ user_id: 'ana' }, new File([], 'a.txt')), 1001, /^file/],
      [form({ user_id: 'ana' }, new File(['x'.repeat(20_001)], 'a.txt')), 1012, /^file.*20000/],
    ]
    for (const [body, code, message] of cases) {
      const { json } = await rest.platform('POST', messages, body)
      assert.equal(json.code, code, json.message)
      assert.match(json.message, message)
    }
    assert.ok(saved.length > 0)
    assert.deepEqual(removed.toSorted(), saved.toSorted())
    assert.equal((await rest.platform('GET', '/group/channels/team')).json.total_file_count, 0)
  })

  test('nothing is taken in for a channel that isn’t there or isn’t one’s own', async () => {
    await using rest = await setUp()
    rest.shared.files.save = () => Promise.reject(new Error('not to be called'))
    const nowhere = await rest.platform('POST', messages.replace('team', 'nowhere'), form({ user_id: 'ana' }, words()))
    assert.equal(nowhere.json.code, 1003)
    assert.equal((await rest.as('cy', 'POST', messages, form({}, words()))).json.code, 1003)
  })

  test('a retry under the same key gets the first answer, and its file goes', async () => {
    await using rest = await setUp()
    const headers = { ...keysOf(), 'Idempotency-Key': 'k' }
    const send = () => rest.ask('POST', messages, { headers, body: form({ user_id: 'ana' }, words()) })
    const [first, second] = [await send(), await send()]
    assert.deepEqual(second.json, first.json)
    assert.equal((await rest.platform('GET', '/group/channels/team')).json.total_file_count, 1)
    assert.ok(await rest.shared.files.find(shop, idOf(first.json.file.url)))
  })

  test('what was sent keeps its file, whatever fails afterwards', async () => {
    await using rest = await setUp()
    const { people } = rest.shared
    const load = people.load.bind(people)
    people.load = async (appId, ids) => {
      if (rest.deliveries.some(({ event }) => event.type === 'message_posted')) throw new Error('the store is away')
      return load(appId, ids)
    }
    const { status, json } = await rest.platform('POST', messages, form({ user_id: 'ana' }, words()))
    assert.equal(status, 201)
    assert.ok(await rest.shared.files.find(shop, idOf(json.file.url)))
  })

  test('captions are filtered like words', async () => {
    await using rest = await setUp()
    const { json } = await rest.platform('POST', messages, form({ user_id: 'ana', content: '바보' }, words()))
    assert.deepEqual([json.content, json.filter.origin_content], ['**', '바보'])
    const changed = await rest.platform('PUT', `${messages}/1`, { content: '' })
    assert.deepEqual(
      ['content' in changed.json, 'filter' in changed.json, changed.json.file],
      [false, false, json.file],
    )
  })

  test('a broken form, and too many uploads', async () => {
    await using rest = await setUp({ bursts: { uploads: 1 } })
    const headers = { ...keysOf(), 'content-type': 'multipart/form-data; boundary=x' }
    for (const body of [
      '',
      'x',
      '--x\r\n',
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwo',
    ])
      assert.equal((await rest.ask('POST', messages, { headers, body })).json.code, 1001, JSON.stringify(body))
    assert.equal((await rest.as('ana', 'POST', messages, form({}, words()))).status, 201)
    assert.equal((await rest.as('ana', 'POST', messages, form({}, words()))).json.code, 9001)
    assert.equal((await rest.platform('POST', messages, form({ user_id: 'ana' }, words()))).status, 201)
  })

  test('a form is taken nowhere else', async () => {
    await using rest = await setUp()
    assert.equal(
      (await rest.platform('POST', '/users', form({ user_id: 'dan', name: 'Dan' }, words()))).json.code,
      1001,
    )
  })
})
