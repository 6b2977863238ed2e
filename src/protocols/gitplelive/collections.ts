import type { AppId } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'

const batchSize = 200

/** Removes all documents of a collection. */
export async function removeAll({ documents }: Store, appId: AppId, collection: string): Promise<void> {
  for (;;) {
    const { documents: batch } = await documents.list(appId, collection, { limit: batchSize })
    // What is removed in one go is committed in one.
    await Promise.all(batch.map(({ id }) => documents.remove(appId, collection, id)))
    if (batch.length < batchSize) return
  }
}
