import { demoApp } from '../../src/demo.ts'
import { Directory, type Host } from '../../src/protocols/pintalk/directory.ts'
import { openGuestRoom } from '../../src/protocols/pintalk/guest-rooms.ts'
import { openHost } from '../../src/protocols/pintalk/host-accounts.ts'
import { roomNameOf } from '../../src/protocols/pintalk/host.ts'
import { Tokens } from '../../src/protocols/pintalk/tokens.ts'
import { inBatches, openStore } from './store.ts'

const app = { app: demoApp, settings: demoApp.pintalk }
const serviceDomain = 'shop.bench.test'
const keys = { accessKey: 'bench-access-key', secretKey: 'bench-secret-key' }

/** A host's website, as its guests and their load know it. */
export interface Website {
  /** The Origin of its pages. */
  readonly page: string
  readonly keys: typeof keys
  readonly hostToken: string
  /** Names of guests' rooms. */
  readonly rooms: readonly string[]
}

/** Puts a host into the demo app's store before its server starts, and so many rooms of guests. */
export async function stockWebsite(dataDir: string, rooms: number): Promise<Website> {
  const store = openStore(dataDir)
  try {
    const draft = { email: 'bench@demo.test', password: 'bench-password', serviceName: '벤치상점', serviceExpl: '' }
    const host: Host = { app, user: await openHost(store.users, demoApp.id, { ...draft, serviceDomain, keys }) }
    return {
      page: `https://${serviceDomain}`,
      keys,
      hostToken: await new Tokens(new Directory([app], store), store, Date.now).issue(host),
      rooms: await inBatches(rooms, async () => roomNameOf((await openGuestRoom(store, host, { language: 'ko' })).key)),
    }
  } finally {
    await store.close()
  }
}
