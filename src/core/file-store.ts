import type { AppId } from './model.ts'

/** An uploaded file. */
export interface StoredFile {
  /** Unguessable; names the file in its address. */
  readonly id: string
  readonly name: string
  readonly mediaType: string
  readonly bytes: number
  /** Images only, in pixels. */
  readonly width: number | null
  readonly height: number | null
  readonly hasThumbnail: boolean
}

/** Uploaded files. A file that was returned is on the disk, flushed. */
export interface FileStore {
  /**
   * Reads the stream to its end. `too_large` past `maxBytes`, `invalid` when the content is not of an allowed kind
   * (looked at, not believed from the name).
   */
  save(
    appId: AppId,
    file: { name: string; mediaType: string; stream: AsyncIterable<Uint8Array>; maxBytes: number; thumbnail: boolean },
  ): Promise<StoredFile>
  /** The path of its address on this server: `/files/…`. */
  path(appId: AppId, file: StoredFile, thumbnail?: boolean): string
  find(appId: AppId, id: string): Promise<StoredFile | null>
  /** False when there was none. */
  remove(appId: AppId, id: string): Promise<boolean>
}
