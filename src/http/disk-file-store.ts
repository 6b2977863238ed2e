import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ChatError } from '../core/errors.ts'
import type { AppId } from '../core/model.ts'
import type { FileStore, StoredFile } from '../core/file-store.ts'
import { fileKind, headBytes, type FileKind } from './file-kind.ts'
import { extensionOf, safeName } from './file-name.ts'
import { imageSize, makeThumbnail } from './image.ts'

export interface FileStoreOptions {
  /** Made when it isn't there. */
  readonly folder: string
  /** Other servers may be using the folder. Default false. */
  readonly shared?: boolean
  readonly imageMaxPixels: number
  /** The longest side of a thumbnail. */
  readonly thumbnailPixels: number
  /** Of attachments, in small letters. */
  readonly extensions: readonly string[]
}

/** Where a file's bytes lie. */
export interface FileLocation {
  readonly file: StoredFile
  readonly isThumbnail: boolean
  /** A folder, and in it the file. */
  readonly folder: string
  readonly name: 'bytes' | 'thumbnail'
}

type Upload = Parameters<FileStore['save']>[1]

const idPattern = /^[A-Za-z0-9_-]{22}$/
const appPattern = /^[a-z0-9][a-z0-9-]{0,39}$/
const thumbnailPrefix = 'thumb_'
/** No upload takes so long. */
const abandonedMs = 24 * 3600_000
const folderIdPattern = /^[0-9a-f-]{36}$/

/**
 * A folder per file, `app/id`, with the bytes, the thumbnail and `file.json`. It is made under `.incoming`, flushed,
 * and moved to its place in one step: what is there is whole.
 */
export class DiskFileStore implements FileStore {
  readonly #folder: string
  readonly #incoming: string
  readonly #options: FileStoreOptions
  readonly #extensions: ReadonlySet<string>

  private constructor(options: FileStoreOptions) {
    this.#options = options
    this.#folder = resolve(options.folder)
    this.#incoming = join(this.#folder, '.incoming')
    this.#extensions = new Set(options.extensions)
  }

  /** Throws away what a crash left half done. */
  static async open(options: FileStoreOptions): Promise<DiskFileStore> {
    const store = new DiskFileStore(options)
    if (options.shared) await store.#removeAbandoned()
    else await rm(store.#incoming, { recursive: true, force: true })
    await mkdir(store.#incoming, { recursive: true })
    return store
  }

  /** Names the folder: servers that find the same one there share it. */
  async folderId(): Promise<string> {
    const path = join(this.#folder, '.folder-id')
    await writeFile(path, randomUUID(), { flag: 'wx', flush: true }).catch(nullWhenThere)
    for (let attempt = 0; attempt < 50; attempt++) {
      const id = await readFile(path, 'utf8')
      if (folderIdPattern.test(id)) return id
      // Another server is writing it.
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`${path} can not be read; remove it`)
  }

  async save(appId: AppId, upload: Upload): Promise<StoredFile> {
    if (!appPattern.test(appId)) throw new ChatError('invalid', 'No such app.')
    const id = randomBytes(16).toString('base64url')
    const incoming = join(this.#incoming, id)
    await mkdir(incoming)
    try {
      const file = await this.#receive(id, incoming, upload)
      await writeFile(join(incoming, 'file.json'), JSON.stringify(file), { flag: 'wx', flush: true })
      await flushFolder(incoming)
      await mkdir(join(this.#folder, appId), { recursive: true })
      await rename(incoming, join(this.#folder, appId, id))
      await flushFolder(join(this.#folder, appId))
      await flushFolder(this.#folder)
      return file
    } catch (error) {
      await rm(incoming, { recursive: true, force: true })
      throw error
    }
  }

  path(appId: AppId, file: StoredFile, thumbnail = false): string {
    return `/files/${appId}/${file.id}/${encodeURIComponent((thumbnail ? thumbnailPrefix : '') + file.name)}`
  }

  async find(appId: AppId, id: string): Promise<StoredFile | null> {
    if (!appPattern.test(appId) || !idPattern.test(id)) return null
    const text = await readFile(join(this.#folder, appId, id, 'file.json'), 'utf8').catch(nullWhenAbsent)
    return text === null ? null : (JSON.parse(text) as StoredFile)
  }

  /** `name` as it stands in the address. */
  async locate(appId: AppId, id: string, name: string): Promise<FileLocation | null> {
    const file = await this.find(appId, id)
    if (!file) return null
    const folder = join(this.#folder, appId, id)
    if (name === file.name) return { file, folder, name: 'bytes', isThumbnail: false }
    const isThumbnail = file.hasThumbnail && name === thumbnailPrefix + file.name
    return isThumbnail ? { file, folder, name: 'thumbnail', isThumbnail } : null
  }

  async remove(appId: AppId, id: string): Promise<boolean> {
    if (!appPattern.test(appId) || !idPattern.test(id)) return false
    // Out of the way in one step first, so that nobody finds half a file.
    const gone = join(this.#incoming, randomBytes(16).toString('base64url'))
    const moved = await rename(join(this.#folder, appId, id), gone).then(() => true, nullWhenAbsent)
    if (moved === null) return false
    await flushFolder(join(this.#folder, appId))
    await rm(gone, { recursive: true, force: true })
    return true
  }

  /** What lies there may be what another server is receiving. */
  async #removeAbandoned(): Promise<void> {
    for (const name of (await readdir(this.#incoming).catch(nullWhenAbsent)) ?? []) {
      const path = join(this.#incoming, name)
      const found = await stat(path).catch(nullWhenAbsent)
      if (found && found.mtimeMs < Date.now() - abandonedMs) await rm(path, { recursive: true, force: true })
    }
  }

  async #receive(id: string, folder: string, { name, stream, maxBytes, thumbnail }: Upload): Promise<StoredFile> {
    const path = join(folder, 'bytes')
    const { bytes, head } = await write(path, stream, maxBytes)
    const clean = safeName(name)
    const kind = bytes === 0 ? null : fileKind(head, extensionOf(clean), this.#extensions)
    if (!kind) throw new ChatError('invalid', 'Files of this kind are not accepted.', 'file')
    const isImage = kind.group === 'image'
    const { imageMaxPixels: maxPixels, thumbnailPixels: sidePixels } = this.#options
    const size = isImage ? await imageSize(path, maxPixels) : null
    if (isImage && !size) throw new ChatError('invalid', 'The image is broken or too large.', 'file')
    const hasThumbnail = isImage && thumbnail
    if (hasThumbnail) {
      const target = join(folder, 'thumbnail')
      const made = await makeThumbnail(path, target, { maxPixels, sidePixels, mediaType: kind.mediaType })
      if (!made) throw new ChatError('invalid', 'The image is broken.', 'file')
      await flushFile(target)
    }
    return {
      id,
      name: named(clean, kind),
      mediaType: kind.mediaType,
      bytes,
      width: size?.width ?? null,
      height: size?.height ?? null,
      hasThumbnail,
    }
  }
}

/** Counts while it writes: a length that was announced is not believed. */
async function write(
  path: string,
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ bytes: number; head: Uint8Array }> {
  const head = Buffer.alloc(headBytes)
  let bytes = 0
  const handle = await open(path, 'wx')
  try {
    for await (const chunk of received(stream)) {
      if (bytes < headBytes) head.set(chunk.subarray(0, headBytes - bytes), bytes)
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw new ChatError('too_large', `A file may have at most ${maxBytes} bytes.`, 'file')
      await handle.writeFile(chunk)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { bytes, head: head.subarray(0, bytes) }
}

/** A sender that goes away, or sends what can't be read, is no fault of ours. */
async function* received(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream
  } catch {
    throw new ChatError('invalid', 'The upload broke off.', 'file')
  }
}

/** A picture that calls itself a document would be opened with the wrong program. */
function named(name: string, { extensions }: FileKind): string {
  return extensions.length === 0 || extensions.includes(extensionOf(name)) ? name : `${name}.${extensions[0]}`
}

/** The name of a new file lasts only once its folder is flushed. */
async function flushFolder(path: string): Promise<void> {
  await flush(path, 'r')
}

async function flushFile(path: string): Promise<void> {
  await flush(path, 'r+')
}

async function flush(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function nullWhenAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}

function nullWhenThere(error: NodeJS.ErrnoException): null {
  if (error.code === 'EEXIST') return null
  throw error
}
