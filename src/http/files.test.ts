import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { picture } from '../../test/support/pictures.ts'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import type { AppId } from '../core/model.ts'
import { createApplication } from './application.ts'
import { DiskFileStore } from './disk-file-store.ts'
import { files } from './files.ts'
import type { Mount } from './mount.ts'

const acme = 'acme' as AppId
const maxBytes = 200_000

/** As a protocol would take uploads. */
function uploads(store: DiskFileStore, failed: (error: unknown) => void): Mount {
  return {
    prefixes: ['/upload'],
    uploads: { maxBytes },
    routes: (scope) => {
      scope.post('/upload', async (incoming) => {
        const part = await incoming.file()
        if (!part) return { none: true }
        const { filename: name, mimetype: mediaType, file: stream } = part
        const saved = store.save(acme, { name, mediaType, stream, maxBytes, thumbnail: true })
        saved.catch(failed)
        const file = await saved
        return { path: store.path(acme, file), thumbnail: store.path(acme, file, true) }
      })
    },
  }
}

async function setUp(lingerMs = 5000) {
  const folder = await temporaryFolder()
  const log = new RecordedLog()
  const limits = { imageMaxPixels: 1_000_000, thumbnailPixels: 64, extensions: ['txt', 'svg', 'pdf'] }
  const store = await DiskFileStore.open({ folder: folder.path, ...limits })
  const failed = Promise.withResolvers<unknown>()
  const mounts = [files(store), uploads(store, failed.resolve)]
  const bounds = { maxBodyBytes: 1000, requestTimeoutMs: 5000, trustedProxyHops: 0, lingerMs }
  const app = await createApplication({ log, mounts, ...bounds })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const upload = async (name: string, content: string | Buffer<ArrayBuffer>) => {
    const body = new FormData()
    body.append('file', new File([content], name, { type: 'text/html' }))
    const answer = await fetch(`${origin}/upload`, { method: 'POST', body })
    return { status: answer.status, body: (await answer.json()) as { path: string; thumbnail: string; error: string } }
  }
  const dispose = async () => {
    await app.close()
    await folder[Symbol.asyncDispose]()
  }
  const incoming = () => readdir(join(folder.path, '.incoming'))
  return { log, origin, port, upload, incoming, failed: failed.promise, [Symbol.asyncDispose]: dispose }
}

describe('GET /files', () => {
  test('an uploaded picture and its thumbnail come back, to be shown', async () => {
    await using the = await setUp()
    const content = await picture(300, 150).png().toBuffer()
    const { status, body } = await the.upload('바다 1.png', content)
    assert.equal(status, 200)
    const answer = await fetch(the.origin + body.path)
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), content)
    const headers = Object.fromEntries(answer.headers)
    assert.equal(headers['content-type'], 'image/png')
    assert.equal(headers['content-length'], String(content.length))
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox")
    assert.equal(headers['cache-control'], 'private, max-age=31536000, immutable')
    const name = `filename="__ 1.png"; filename*=UTF-8''%EB%B0%94%EB%8B%A4%201.png`
    assert.equal(headers['content-disposition'], `inline; ${name}`)
    const thumbnail = await fetch(the.origin + body.thumbnail)
    assert.equal(thumbnail.headers.get('content-type'), 'image/png')
    assert.ok(Number(thumbnail.headers.get('content-length')) < content.length)
  })

  test('everything else is a download', async () => {
    await using the = await setUp()
    for (const [name, content] of [
      ['a.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
      ['a.txt', '1 < 2'],
    ] as const) {
      const { body } = await the.upload(name, content)
      const answer = await fetch(the.origin + body.path)
      assert.equal(await answer.text(), content)
      assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; /)
      assert.equal(answer.headers.get('content-security-policy'), "default-src 'none'; sandbox")
    }
  })

  test('parts, HEAD, and what a cache has already', async () => {
    await using the = await setUp()
    const { body } = await the.upload('a.txt', '0123456789')
    const ask = (headers: Record<string, string>, method = 'GET') => fetch(the.origin + body.path, { headers, method })
    const part = await ask({ range: 'bytes=2-4' })
    assert.deepEqual([part.status, await part.text(), part.headers.get('content-range')], [206, '234', 'bytes 2-4/10'])
    assert.equal((await ask({ range: 'bytes=20-' })).status, 416)
    const head = await ask({}, 'HEAD')
    assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '10', ''])
    const unchanged = await ask({ 'if-none-match': head.headers.get('etag') ?? '', 'cache-control': 'max-age=0' })
    assert.equal(unchanged.status, 304)
  })

  test('what is not there, and what leads elsewhere, answers alike', async () => {
    await using the = await setUp()
    const { body } = await the.upload('a.txt', 'words')
    const id = body.path.split('/')[3] ?? ''
    const paths = [
      `/files/acme/${'A'.repeat(22)}/a.txt`,
      `/files/other/${id}/a.txt`,
      `/files/acme/${id}/thumb_a.txt`,
      `/files/acme/${id}/file.json`,
      `/files/acme/${id}/bytes`,
      `/files/acme/${id}/..%2fbytes`,
      `/files/acme/..%2f..%2fetc/passwd`,
      `/files/.incoming/${id}/a.txt`,
      `/files/acme/../../../../etc/passwd`,
      `/files/acme/${id}/a.txt/..`,
    ]
    for (const path of paths) {
      // Not fetch: it would tidy the path up.
      const status = await new Promise((resolve, reject) => {
        const asked = request({ port: the.port, host: '127.0.0.1', path }, (answer) =>
          resolve(answer.resume().statusCode),
        )
        asked.on('error', reject).end()
      })
      assert.equal(status, 404, path)
    }
    assert.deepEqual(the.log.of('error'), [])
  })
})

describe('uploads', () => {
  test('are larger than other bodies, up to their own bound', async () => {
    await using the = await setUp()
    assert.equal((await the.upload('a.txt', 'x'.repeat(maxBytes))).status, 200)
    const { status, body } = await the.upload('a.txt', 'x'.repeat(maxBytes + 1))
    assert.deepEqual([status, body.error], [413, 'too_large'])
    assert.equal((await the.upload('a.html', '<p>')).status, 400)
    assert.equal((await the.upload('a.txt', 'x'.repeat(maxBytes))).status, 200)
    assert.deepEqual(the.log.of('error'), [])
  })

  test('a body that far exceeds its bound is refused without a fault of ours', async () => {
    await using the = await setUp()
    const { status } = await the.upload('a.txt', Buffer.alloc(20 * maxBytes, 120))
    assert.equal(status, 413)
    assert.deepEqual(the.log.of('error'), [])
  })

  test('a broken multipart body is the client’s fault', async () => {
    await using the = await setUp()
    const send = async (contentType: string, body: string) => {
      const answer = await fetch(`${the.origin}/upload`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body,
      })
      return answer.status
    }
    assert.equal(await send('multipart/form-data', 'x'), 400)
    assert.equal(
      await send('multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="file"'),
      400,
    )
    assert.equal(await send('application/json', '{}'), 406)
    assert.deepEqual(the.log.of('error'), [])
  })

  test('a client that goes away in the middle leaves nothing behind', async () => {
    await using the = await setUp()
    const socket = connect(the.port, '127.0.0.1')
    socket.write(startOfUpload(10_000))
    while ((await the.incoming()).length === 0) await new Promise(setImmediate)
    socket.destroy()
    assert.match(String(await the.failed), /The upload broke off/)
    assert.deepEqual(await the.incoming(), [])
    assert.deepEqual(the.log.of('error'), [])
  })

  test('a client that was refused and neither goes on nor away is cut off', async () => {
    await using the = await setUp(10)
    const socket = connect(the.port, '127.0.0.1')
    let answer = ''
    socket.on('data', (bytes) => (answer += String(bytes)))
    socket.write(startOfUpload(10 * maxBytes) + 'x'.repeat(maxBytes + 100))
    await once(socket, 'close')
    assert.match(answer, /^HTTP\/1\.1 413 /)
  })
})

function startOfUpload(bytes: number): string {
  const head = ['POST /upload HTTP/1.1', 'Host: x', 'Content-Type: multipart/form-data; boundary=edge']
  const part = ['--edge', 'Content-Disposition: form-data; name="file"; filename="a.txt"', '', 'the first words']
  return [...head, `Content-Length: ${bytes}`, '', ...part].join('\r\n')
}
