import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import type { Close } from './core/errors.ts'
import type { Log } from './core/ports.ts'
import { createApplication } from './http/application.ts'
import { documents } from './http/docs/documents.ts'
import { ServedRoutes } from './http/docs/served-routes.ts'
import { files } from './http/files.ts'
import { health } from './http/health.ts'
import { metrics } from './http/metrics.ts'
import { openCommunities } from './server/communities.ts'
import { openDesk } from './server/desk.ts'
import { openHouse } from './server/house.ts'
import { openLaravel } from './server/laravel.ts'
import { openLive } from './server/live.ts'
import type { Part } from './server/part.ts'
import { openSocketIo } from './server/socketio.ts'
import { openWebsite } from './server/website.ts'
import { version } from './version.ts'
import { refuseUpgrade } from './wire/refusal.ts'

const sweepEveryMs = 1000
/** Sockets that serve requests, beside those that became lines of clients. */
const otherConnections = 2000
const draining: Close = { code: 'drain', reason: 'the server restarts, come back', retry: 'now' }

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  /** No new connections, clients are told to come back, what was accepted is committed. Resolves when all is closed. */
  close(): Promise<void>
}

/**
 * The wiring, which alone knows every part: here what is common, in `server/` one file for each protocol. Rejects with a
 * `StoreFileError`, a `DatabaseError` or the system's error (address in use).
 */
export async function startServer(config: Config, log: Log): Promise<RunningServer> {
  const { settings } = config
  const house = await openHouse(config, log)
  const { store, broom } = house
  let closing = false
  // Kept, because parts that drain ask for it when the listener is gone.
  let listening = ''
  const url = (): string => settings.publicUrl ?? listening
  const socketio = openSocketIo(house)
  // pintalk's sockets live below the desk's `/ws`, so it is asked first.
  const parts = [
    openWebsite(house, url),
    await openDesk(house),
    await openCommunities(house, socketio.endpoint),
    openLaravel(house, socketio.endpoint),
    openLive(house),
    socketio.part,
  ]
  const routes = new ServedRoutes()
  const app = await createApplication({
    log,
    mounts: [
      health({ log, check: () => store.check(), isDraining: () => closing, details: () => detailsOf(parts) }),
      metrics({
        token: settings.metricsToken,
        behindProxy: settings.publicUrl !== null || settings.trustedProxyHops > 0,
        text: () => house.metrics.text(),
      }),
      files(house.files),
      ...parts.flatMap((part) => part.mounts),
      documents({
        title: 'Parlance',
        version,
        publicUrl: settings.publicUrl,
        url,
        routes,
        sockets: parts.flatMap((part) => part.sockets ?? []),
      }),
    ],
    onRoute: (mount, route) => routes.add(mount.docs, route),
    onAnswered: (answered) => house.metrics.answered(answered),
    maxBodyBytes: settings.requestMaxBytes,
    requestTimeoutMs: settings.requestTimeoutMs,
    trustedProxyHops: settings.trustedProxyHops,
    before: (request, response) => parts.some((part) => part.takeRequest(request, response)),
    upgrade: (request, socket, head) => {
      if (!parts.some((part) => part.takeUpgrade(request, socket, head))) refuseUpgrade(socket, 404)
    },
  })
  app.server.maxConnections = settings.maxConnections + otherConnections
  try {
    await app.listen({ host: settings.host, port: settings.port })
  } catch (error) {
    await store.close()
    throw error
  }
  listening = urlOf(settings.host, app)
  broom.start(sweepEveryMs)
  return {
    url: listening,
    close: async () => {
      if (closing) return
      closing = true
      const leaving = [...parts.map((part) => part.drain(draining)), app.close()]
      await Promise.race([Promise.all(leaving), elapsed(settings.drainTimeoutMs)])
      broom.stop()
      await store.close()
    },
  }
}

function detailsOf(parts: readonly Part[]): object {
  return Object.assign({}, ...parts.map((part) => part.health?.() ?? {})) as object
}

function urlOf(host: string, app: FastifyInstance): string {
  const { port } = app.server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
