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
import { drainTimes } from './server/drain-times.ts'
import { openHouse, type House } from './server/house.ts'
import { openLaravel } from './server/laravel.ts'
import { openLive } from './server/live.ts'
import type { Part } from './server/part.ts'
import { openSocketIo } from './server/socketio.ts'
import { WaitingRoom } from './server/waiting-room.ts'
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
  // What SQLite keeps is there, or it isn't; a database may take its time.
  await using waiting = settings.databaseUrl === null ? null : await WaitingRoom.open(settings)
  const house = await openHouse(config, log, (what) => {
    if (waiting) waiting.waitsFor = what
  })
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
      health({
        log,
        check: () => store.check(),
        missing: () => missingOf(house),
        warnings: () => house.cluster?.watch.warnings ?? [],
        isDraining: () => closing,
        details: () => detailsOf(house, parts),
      }),
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
    await waiting?.close()
    await app.listen({ host: settings.host, port: waiting?.port ?? settings.port })
    listening = urlOf(settings.host, app)
    house.cluster?.introduce(listening, await house.files.folderId())
  } catch (error) {
    await app.close()
    await store.close()
    await house.cluster?.close()
    throw error
  }
  broom.start(sweepEveryMs)
  return {
    url: listening,
    close: async () => {
      if (closing) return
      closing = true
      await Promise.race([leave(house, parts, app), elapsed(settings.drainTimeoutMs)])
      broom.stop()
      await store.close()
      await house.cluster?.close()
    },
  }
}

async function leave(
  { settings, nodes, forwarding }: House,
  parts: readonly Part[],
  app: FastifyInstance,
): Promise<void> {
  const { delayMs } = drainTimes(settings)
  if (delayMs > 0) await elapsed(delayMs)
  const gone = Promise.all([...parts.map((part) => part.drain(draining)), forwarding?.drain()])
  // Those who are told later go on until then: some of them poll, by way of other nodes maybe.
  if (nodes.all.length > 1) await gone
  await Promise.all([gone, app.close()])
}

function missingOf({ cluster }: House): readonly string[] {
  if (!cluster) return []
  const { link, nodes } = cluster
  if (!link.state.connected) return [`the other nodes can’t be heard: ${link.state.reason}`]
  // Else requests of sessions that others have would find nobody.
  return nodes.isCaughtUp ? [] : ['what the other nodes have is being read']
}

function detailsOf({ cluster, nodes }: House, parts: readonly Part[]): object {
  return Object.assign(
    cluster ? { nodes: nodes.all.length } : {},
    ...parts.map((part) => part.health?.() ?? {}),
  ) as object
}

function urlOf(host: string, app: FastifyInstance): string {
  const { port } = app.server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
