import type { Room } from '../../core/model.ts'
import type { GitpleliveShared } from './gitplelive-shared.ts'
import { fileOf } from './message.ts'

const pageSize = 500

/** Removes the files of a channel's messages. */
export async function removeFiles({ store, files, counts }: GitpleliveShared, room: Room): Promise<void> {
  // Most channels have none, and need no look through their messages.
  let { files: left } = await counts.of(room)
  for (let before = room.lastId + 1; left > 0;) {
    const page = await store.messages.page(room.id, { before, audience: 'staff', limit: pageSize, keep: 'newest' })
    for (const message of page) {
      const file = fileOf(message)
      if (!file) continue
      await files.remove(room.appId, file.id)
      left--
    }
    if (page.length < pageSize) return
    before = page[0]?.id ?? 0
    await new Promise(setImmediate)
  }
}
