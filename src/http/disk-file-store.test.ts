import assert from 'node:assert/strict'
import { mkdir, utimes, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import sharp from 'sharp'
import { animation, picture } from '../../test/support/pictures.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { ChatError } from '../core/errors.ts'
import type { AppId } from '../core/model.ts'
import { DiskFileStore } from './disk-file-store.ts'

const acme = 'acme' as AppId
const other = 'other' as AppId

async function* inPieces(content: Uint8Array, bytes = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes)
}

async function setUp() {
  const folder = await temporaryFolder()
  const limits = { imageMaxPixels: 1_000_000, thumbnailPixels: 64, extensions: ['txt', 'pdf', 'svg'] }
  const store = await DiskFileStore.open({ folder: folder.path, ...limits })
  const save = (name: string, content: Uint8Array | string, thumbnail = true, maxBytes = 100_000) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    return store.save(acme, { name, mediaType: 'text/html', stream: inPieces(bytes), maxBytes, thumbnail })
  }
  const pathOf = async (id: string, name: string) => {
    const location = await store.locate(acme, id, name)
    return location && join(location.folder, location.name)
  }
  const bytesOf = async (id: string, name: string) => {
    const path = await pathOf(id, name)
    return path && readFile(path)
  }
  const imageOf = async (id: string, name: string) => sharp((await pathOf(id, name)) ?? undefined).metadata()
  const dispose = () => folder[Symbol.asyncDispose]()
  return { folder: folder.path, limits, store, save, bytesOf, imageOf, [Symbol.asyncDispose]: dispose }
}

const refuses = (code: string) => (error: unknown) => error instanceof ChatError && error.code === code

describe('what is accepted', () => {
  test('a picture is kept to the byte, measured, and gets a thumbnail', async () => {
    await using the = await setUp()
    const content = await picture(300, 150).jpeg().toBuffer()
    const file = await the.save('바다.jpg', content)
    const { id, ...rest } = file
    assert.match(id, /^[\w-]{22}$/)
    const bytes = content.length
    const expected = { name: '바다.jpg', mediaType: 'image/jpeg', bytes, width: 300, height: 150, hasThumbnail: true }
    assert.deepEqual(rest, expected)
    assert.deepEqual(await the.bytesOf(id, file.name), content)
    const thumbnail = await the.imageOf(id, 'thumb_바다.jpg')
    assert.deepEqual([thumbnail.format, thumbnail.width, thumbnail.height], ['jpeg', 64, 32])
    assert.equal(the.store.path(acme, file), `/files/acme/${id}/%EB%B0%94%EB%8B%A4.jpg`)
    assert.equal(the.store.path(acme, file, true), `/files/acme/${id}/thumb_%EB%B0%94%EB%8B%A4.jpg`)
    assert.deepEqual(await the.store.find(acme, id), file)
  })

  test('PNG, GIF and WebP: the thumbnail is a PNG of the first frame, never larger than the picture', async () => {
    await using the = await setUp()
    const contents = [
      await picture(40, 20).png().toBuffer(),
      await animation(40),
      await picture(40, 20).webp().toBuffer(),
    ]
    const types: string[] = []
    for (const content of contents) {
      const file = await the.save('picture', content)
      types.push(`${file.mediaType} ${file.name} ${file.width}`)
      const thumbnail = await the.imageOf(file.id, `thumb_${file.name}`)
      assert.deepEqual([thumbnail.format, thumbnail.width, thumbnail.pages], ['png', 40, undefined])
    }
    assert.deepEqual(types, ['image/png picture.png 40', 'image/gif picture.gif 40', 'image/webp picture.webp 40'])
  })

  test('a rotated photo is measured as it is shown, and its thumbnail tells nothing of the camera', async () => {
    await using the = await setUp()
    const exif = { IFD0: { Copyright: 'Ana' }, IFD3: { GPSLatitude: '37/1 33/1 0/1' } }
    const content = await picture(200, 100).withExif(exif).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const file = await the.save('photo.jpg', content)
    assert.deepEqual([file.width, file.height], [100, 200])
    const thumbnail = await the.imageOf(file.id, 'thumb_photo.jpg')
    assert.deepEqual([thumbnail.width, thumbnail.height, thumbnail.exif], [32, 64, undefined])
  })

  test('attachments; what is not a picture has no thumbnail', async () => {
    await using the = await setUp()
    const text = await the.save('notes.txt', 'hello')
    assert.deepEqual([text.mediaType, text.bytes, text.width, text.hasThumbnail], ['text/plain', 5, null, false])
    const drawing = await the.save('a.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    assert.deepEqual([drawing.mediaType, drawing.width], ['image/svg+xml', null])
    const plain = await the.save('p.png', await picture(100, 100).png().toBuffer(), false)
    assert.equal(plain.hasThumbnail, false)
    assert.equal(await the.store.locate(acme, plain.id, 'thumb_p.png'), null)
  })

  test('two files of one name are two files, and a name that looks like a thumbnail is none', async () => {
    await using the = await setUp()
    const [one, two] = await Promise.all([the.save('thumb_a.txt', 'one'), the.save('thumb_a.txt', 'two')])
    assert.notEqual(one.id, two.id)
    assert.equal(String(await the.bytesOf(one.id, 'thumb_a.txt')), 'one')
    assert.equal(String(await the.bytesOf(two.id, 'thumb_a.txt')), 'two')
    assert.equal(await the.bytesOf(one.id, 'a.txt'), null)
  })
})

describe('what is refused', () => {
  test('leaves nothing behind', async () => {
    await using the = await setUp()
    const png = await picture(300, 300).png().toBuffer()
    const bomb = await picture(2000, 1000).png().toBuffer()
    const broken = Buffer.from(png)
    broken.fill(0, 60, 200)
    const refused: [code: string, name: string, content: Uint8Array | string, thumbnail?: boolean][] = [
      ['too_large', 'big.txt', 'x'.repeat(100_001)],
      ['invalid', 'empty.txt', ''],
      ['invalid', 'page.html', '<p>'],
      ['invalid', 'page.txt', '<!doctype html>'],
      ['invalid', 'program.txt', '#!/bin/sh'],
      ['invalid', 'fake.png', 'not a picture'],
      ['invalid', 'drawing.png', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
      ['invalid', 'bomb.png', bomb],
      ['invalid', 'bomb.png', bomb, false],
      ['invalid', 'broken.png', broken],
      ['invalid', 'cut.png', png.subarray(0, 30), false],
    ]
    for (const [code, name, content, thumbnail] of refused) {
      await assert.rejects(the.save(name, content, thumbnail), refuses(code), name)
    }
    assert.deepEqual(await readdir(the.folder), ['.incoming'])
    assert.deepEqual(await readdir(join(the.folder, '.incoming')), [])
  })

  test('one byte more than allowed, and not the last one that is', async () => {
    await using the = await setUp()
    assert.equal((await the.save('a.txt', 'x'.repeat(2000), false, 2000)).bytes, 2000)
    await assert.rejects(the.save('a.txt', 'x'.repeat(2001), false, 2000), refuses('too_large'))
  })

  test('an upload that is too large is not read to its end', async () => {
    await using the = await setUp()
    let yielded = 0
    let ended = false
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(1000, ++yielded)
      } finally {
        ended = true
      }
    }
    const upload = { name: 'a.txt', mediaType: 'text/plain', stream: endless(), maxBytes: 5000, thumbnail: false }
    await assert.rejects(the.store.save(acme, upload), refuses('too_large'))
    assert.deepEqual([yielded, ended], [6, true])
  })

  test('a sender that goes away leaves nothing behind', async () => {
    await using the = await setUp()
    async function* cut() {
      yield Buffer.from('half a ')
      throw new Error('connection reset')
    }
    const upload = { name: 'a.txt', mediaType: 'text/plain', stream: cut(), maxBytes: 5000, thumbnail: false }
    await assert.rejects(the.store.save(acme, upload), refuses('invalid'))
    assert.deepEqual(await readdir(join(the.folder, '.incoming')), [])
  })
})

describe('finding and removing', () => {
  test('a file belongs to its app', async () => {
    await using the = await setUp()
    const { id } = await the.save('a.txt', 'mine')
    assert.equal(await the.store.find(other, id), null)
    assert.equal(await the.store.locate(other, id, 'a.txt'), null)
    assert.equal(await the.store.remove(other, id), false)
    assert.notEqual(await the.store.find(acme, id), null)
  })

  test('no id and no app leads out of the folder', async () => {
    await using the = await setUp()
    await mkdir(join(the.folder, 'acme', 'x'), { recursive: true })
    await writeFile(join(the.folder, 'file.json'), '{"name":"a.txt"}')
    await writeFile(join(the.folder, 'acme', 'x', 'file.json'), '{"name":"a.txt"}')
    const ids = ['..', '.', '', 'x', '../acme', '../../etc/passwd', '..%2f..', 'x'.repeat(23), '\0', '/'.repeat(22)]
    for (const id of ids) {
      assert.equal(await the.store.find(acme, id), null, id)
      assert.equal(await the.store.remove(acme, id), false, id)
    }
    const id = 'A'.repeat(22)
    for (const app of ['..', '.incoming', '', '../..', 'ACME'] as AppId[]) {
      assert.equal(await the.store.find(app, id), null, app)
      const upload = { name: 'a.txt', mediaType: '', stream: inPieces(Buffer.from('x')), maxBytes: 9, thumbnail: false }
      await assert.rejects(the.store.save(app, upload), refuses('invalid'))
    }
  })

  test('a removed file is gone, once', async () => {
    await using the = await setUp()
    const { id } = await the.save('a.txt', 'mine')
    assert.deepEqual([await the.store.remove(acme, id), await the.store.remove(acme, id)], [true, false])
    assert.equal(await the.store.find(acme, id), null)
    assert.deepEqual(await readdir(join(the.folder, 'acme')), [])
    assert.deepEqual(await readdir(join(the.folder, '.incoming')), [])
  })

  test('in a folder of several servers, what another may be receiving stays; the folder has one name', async () => {
    await using the = await setUp()
    const [young, old] = [join(the.folder, '.incoming', 'young'), join(the.folder, '.incoming', 'old')]
    await mkdir(young)
    await mkdir(old)
    await utimes(old, 0, 0)
    const again = await DiskFileStore.open({ folder: the.folder, shared: true, ...the.limits })
    assert.deepEqual(await readdir(join(the.folder, '.incoming')), ['young'])
    const ids = await Promise.all([the.store.folderId(), again.folderId(), the.store.folderId()])
    assert.equal(new Set(ids).size, 1)
    assert.match(ids[0] ?? '', /^[0-9a-f-]{36}$/)
  })

  test('opened again, what was saved is there and what a crash left half done is not', async () => {
    await using the = await setUp()
    const file = await the.save('a.txt', 'mine')
    await mkdir(join(the.folder, '.incoming', 'half'))
    const again = await DiskFileStore.open({ folder: the.folder, ...the.limits })
    assert.deepEqual(await again.find(acme, file.id), file)
    assert.deepEqual(await readdir(join(the.folder, '.incoming')), [])
  })
})
