import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import sharp from 'sharp'
import { DeskRest, type Reply } from '../../../../test/support/desk-rest.ts'
import { noSuchFile, tooLargeFile } from '../reasons.ts'

const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } })
  .png()
  .toBuffer()

interface Part {
  readonly name: string
  readonly bytes: Uint8Array
  readonly fields?: Readonly<Record<string, string>>
}

async function upload(
  rest: DeskRest,
  as: string | undefined,
  { name, bytes, fields = { div: 'chat' } }: Part,
  path = 'uploadWithThumbnail',
): Promise<Reply> {
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  form.append('file', new Blob([new Uint8Array(bytes)]), name)
  const body = new Response(form)
  const headers = { 'content-type': body.headers.get('content-type')! }
  return rest.ask('POST', `/api/file/${path}`, {
    ...(as === undefined ? {} : { as }),
    headers,
    body: Buffer.from(await body.arrayBuffer()),
  })
}

describe('uploading', () => {
  for (const path of ['upload', 'uploadWithThumbnail']) {
    test(`${path}: an image has a size and a thumbnail`, async () => {
      await using rest = await DeskRest.open()
      const { status, json } = await upload(rest, await rest.token('mina'), { name: '사진.png', bytes: picture }, path)
      assert.equal(status, 200)
      const { id, fileUrl, thumbFileUrl, ...others } = json
      const base = `/files/seoul/${id}/`
      assert.equal(fileUrl, base + encodeURIComponent('사진.png'))
      assert.equal(thumbFileUrl, base + encodeURIComponent('thumb_사진.png'))
      const expected = {
        originFileName: '사진.png',
        fileName: '사진.png',
        fileSize: picture.length,
        width: 64,
        height: 48,
        contentType: 'image/png',
      }
      assert.deepEqual(others, expected)
    })
  }

  test('customers may, attachments have no thumbnail', async () => {
    await using rest = await DeskRest.open()
    const { token } = await rest.customer(1)
    const { json } = await upload(rest, token, { name: 'note.txt', bytes: Buffer.from('안녕'), fields: {} })
    assert.deepEqual([json.thumbFileUrl, json.width, json.fileSize], [null, null, 6])
  })

  test('strangers and the blocked may not', async () => {
    await using rest = await DeskRest.open()
    const { token } = await rest.customer(1)
    assert.equal((await upload(rest, undefined, { name: 'a.png', bytes: picture })).status, 401)
    await rest.ask('PUT', '/api/customer/1/block', { as: await rest.token('mina') })
    assert.equal((await upload(rest, token, { name: 'a.png', bytes: picture })).status, 403)
  })

  test('too large, of a kind that is not taken, none, broken', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    const large = await upload(rest, as, { name: 'a.txt', bytes: Buffer.alloc(20_001, 'x') })
    assert.deepEqual([large.status, large.json.name, large.json.message], [413, 'PAYLOAD_TOO_LARGE', tooLargeFile])
    assert.equal((await upload(rest, as, { name: 'a.txt', bytes: Buffer.alloc(20_000, 'x') })).status, 200)
    assert.equal((await upload(rest, as, { name: 'a.exe', bytes: Buffer.from('MZ') })).status, 400)
    const boundary = { 'content-type': 'multipart/form-data; boundary=x' }
    const none = await rest.ask('POST', '/api/file/upload', {
      as,
      headers: boundary,
      body: '--x\r\nContent-Disposition: form-data; name="div"\r\n\r\nchat\r\n--x--\r\n',
    })
    assert.deepEqual([none.status, none.json.message], [400, '필수 파라미터(file)가 누락되었습니다.'])
    for (const [headers, body] of [
      [boundary, '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf'],
      [boundary, 'nonsense'],
      [{ 'content-type': 'multipart/form-data' }, 'nonsense'],
      [{ 'content-type': 'application/json' }, '{"file":1}'],
      [{ 'content-type': 'text/html' }, '<p>'],
    ] as const) {
      const { status, json } = await rest.ask('POST', '/api/file/upload', { as, headers, body })
      assert.ok(status === 400 || status === 415, `${status} ${body}`)
      assert.equal(json.status, status)
    }
    assert.deepEqual(rest.log.of('error'), [])
  })

  test('as many as the limit says', async () => {
    await using rest = await DeskRest.open({ uploads: 1 })
    const as = await rest.token('mina')
    assert.equal((await upload(rest, as, { name: 'a.png', bytes: picture })).status, 200)
    assert.equal((await upload(rest, as, { name: 'a.png', bytes: picture })).status, 429)
  })
})

describe('downloading and deleting', () => {
  test('by address, whole or not, of the file or its thumbnail, and by id', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('mina')
    const { json } = await upload(rest, as, { name: 'a.png', bytes: picture })
    for (const body of [
      { fileUrl: json.fileUrl },
      { fileUrl: `https://desk.example${json.fileUrl}?x=1` },
      { fileUrl: json.thumbFileUrl },
      { id: json.id },
    ]) {
      const { status, headers } = await rest.ask('POST', '/api/file/download', { as, body })
      assert.deepEqual([status, headers['location']], [303, json.fileUrl])
    }
    assert.equal(
      (await rest.ask('POST', '/api/file/download', { as, body: {} })).json.message,
      '필수 파라미터(fileUrl)가 누락되었습니다.',
    )
    for (const fileUrl of [
      '/files/seoul/0123456789012345678901/a.png',
      '/etc/passwd',
      '../../..',
      'http://[',
      `/${'a/'.repeat(900)}`,
      `/files/${json.id.slice(1)}`,
    ]) {
      const { status, json: refused } = await rest.ask('POST', '/api/file/download', { as, body: { fileUrl } })
      assert.deepEqual([status, refused.message], [404, noSuchFile], fileUrl)
    }
  })

  test('by its uploader or a manager', async () => {
    await using rest = await DeskRest.open()
    const [mina, juno, sora] = [await rest.token('mina'), await rest.token('juno'), await rest.token('sora')]
    const { json: one } = await upload(rest, mina, { name: 'a.png', bytes: picture })
    const { json: two } = await upload(rest, mina, { name: 'b.png', bytes: picture })
    assert.equal((await rest.ask('DELETE', '/api/file', { as: juno, body: { fileUrl: one.fileUrl } })).status, 403)
    assert.deepEqual((await rest.ask('DELETE', '/api/file', { as: mina, body: { fileUrl: one.fileUrl } })).json, {
      success: true,
    })
    assert.equal(
      (await rest.ask('DELETE', `/api/file?fileUrl=${encodeURIComponent(two.fileUrl)}`, { as: sora })).status,
      200,
    )
    assert.equal((await rest.ask('DELETE', '/api/file', { as: mina, body: { fileUrl: one.fileUrl } })).status, 404)
    assert.equal((await rest.store.documents.list('seoul' as never, 'cstalk.files', { limit: 10 })).total, 0)
  })

  test('another company’s file is not there', async () => {
    await using rest = await DeskRest.open()
    const [mina, dora] = [await rest.token('mina'), await rest.token('dora')]
    const { json } = await upload(rest, mina, { name: 'a.png', bytes: picture })
    assert.equal(
      (await rest.ask('POST', '/api/file/download', { as: dora, body: { fileUrl: json.fileUrl } })).status,
      404,
    )
    assert.equal((await rest.ask('DELETE', '/api/file', { as: dora, body: { id: json.id } })).status, 404)
    assert.equal((await rest.ask('POST', '/api/file/download', { as: mina, body: { id: json.id } })).status, 303)
  })
})
