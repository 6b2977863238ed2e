import { callbackPurpose } from '../protocols/laravel/callbacks.ts'
import { RedisBridge } from '../protocols/laravel/bridge/redis-bridge.ts'
import { Laravel } from '../protocols/laravel/laravel.ts'
import { pusherDocs } from '../protocols/laravel/pusher/api/docs.ts'
import { pusherWebhook } from '../protocols/laravel/pusher/webhooks.ts'
import { echoSocket } from '../protocols/laravel/echo/asyncapi.ts'
import { pusherSocket } from '../protocols/laravel/pusher/asyncapi.ts'
import { laravelDocs } from '../protocols/laravel/rest/docs.ts'
import type { LaravelApp } from '../protocols/laravel/settings.ts'
import { jwtSocket } from '../protocols/laravel/socket/asyncapi.ts'
import { JwtSockets } from '../protocols/laravel/socket/sockets.ts'
import { Webhooks, type WebhookCall } from '../jobs/webhooks.ts'
import { httpCall } from '../wire/http-call.ts'
import { RedisSubscription } from '../wire/redis/redis-subscription.ts'
import type { SocketIoEndpoint } from '../wire/socketio/endpoint.ts'
import { openEchoSocketIo } from './echo.ts'
import type { House } from './house.ts'
import type { Part } from './part.ts'
import { openEcho, openPusher } from './pusher.ts'

/**
 * laravel: the JWT socket at `/` with its REST, Laravel Echo's wires, the bridge from the applications' Redis, and the calls
 * back to them.
 */
export function openLaravel(house: House, socketio: SocketIoEndpoint): Part {
  const { settings, broom, limit, metrics, log, now } = house
  const apps = house.apps.flatMap((app) => (app.laravel ? [{ app, settings: app.laravel }] : []))
  const laravel = Laravel.open({
    ...house,
    apps,
    tellLater: (app, purpose, body) => webhooks.add(app.id, purpose, body),
    limits: {
      frames: limit(settings.framesPerSecond, settings.frameBurst),
      words: limit(settings.messagesPerSecond, settings.messageBurst, 'laravel words'),
      dials: limit(settings.dialsPerSecond, settings.dialBurst, 'laravel dials'),
      reads: limit(settings.messagesPerSecond, settings.messageBurst, 'laravel reads'),
      attempts: limit(
        (settings.loginAttempts * 1000) / settings.loginWindowMs,
        settings.loginAttempts,
        'laravel attempts',
      ),
    },
    maxHeldBytes: settings.outboxMaxBytes,
    pageSize: settings.pageSize,
  })
  const { shared, prefixes, routes } = laravel
  const echo = openEcho(house, apps, (appId, body) => webhooks.add(appId, 'pusher', body))
  const webhooks = new Webhooks({
    errands: house.store.errands,
    nodes: house.nodes,
    call,
    compose: {
      [callbackPurpose]: (errand) => shared.callbacks.compose(errand),
      pusher: (errand) => pusherWebhook(apps, errand),
    },
    apps: apps.map(({ app }) => app.id),
    timeoutMs: settings.webhookTimeoutMs,
    maxAttempts: settings.webhookAttempts,
    maxWaiting: settings.webhooksWaitingMax,
    now,
    log,
  })
  broom.add(webhooks)
  metrics.gauge('webhooks_waiting', 'Calls to applications that are still to be made.', () => webhooks.waiting)
  metrics.counter(
    'webhooks_dropped_total',
    'Calls that were not kept: too many waited already.',
    () => webhooks.dropped,
  )
  const sockets = new JwtSockets({ shared, wire: house.wire('laravel') })
  broom.add(sockets)
  const echoSocketIo = openEchoSocketIo(house, echo, socketio)
  const pusher = openPusher(house, echo, echoSocketIo.unsigned)
  const rest = { prefixes, routes, docs: laravelDocs, cors: { origins: ['*'] } }
  // Its addresses are below those of the Pusher API.
  const besidePusher = { prefixes: [], routes: echoSocketIo.routes, docs: pusherDocs }
  const bridge = openBridge(house, laravel, apps)
  return {
    mounts: apps.length > 0 ? [rest, ...pusher.mounts, besidePusher] : [],
    sockets: apps.length > 0 ? [jwtSocket, pusherSocket, echoSocket] : [],
    takeRequest: (request, response) => pusher.takeRequest(request, response),
    takeUpgrade: (request, socket, head) => {
      if (pusher.takeUpgrade(request, socket, head)) return true
      if (!sockets.owns(request.url ?? '')) return false
      sockets.upgrade(request, socket, head)
      return true
    },
    health: () => {
      const { health } = bridge
      return health && { redis: health }
    },
    drain: async (close) => {
      echo.webhooks.leave()
      await Promise.all([bridge.stop(), sockets.drain(close), pusher.drain(close), socketio.drain()])
      // Those who left with the last connection too.
      await echo.webhooks.close()
      await webhooks.stop()
    },
  }
}

function openBridge(house: House, { shared }: Laravel, apps: readonly LaravelApp[]): RedisBridge {
  const { settings, nodes, broom, metrics, log, now } = house
  const bridge = new RedisBridge({
    apps,
    nodes,
    nodesPrefix: settings.redisPrefix,
    redisUrl: settings.redisUrl,
    subscribe: (options) => new RedisSubscription({ ...options, name: new URL(options.url).host, log, now }),
    chat: shared.chat,
    announcer: shared.announcer,
    maxPayloadBytes: settings.redisPayloadMaxBytes,
    log,
    now,
  })
  broom.add(bridge)
  bridge.start()
  metrics.gauge('redis_connected', 'Whether each Redis that applications publish to is listened to.', () =>
    bridge.health === null ? [] : bridge.health.state === 'waiting' ? 0 : 1,
  )
  metrics.counter('redis_dropped_total', 'Payloads from Redis that were dropped.', () => bridge.dropped)
  return bridge
}

async function call({ url, headers, body, publicOnly }: WebhookCall, timeoutMs: number): Promise<number> {
  const { status } = await httpCall({
    method: 'POST',
    url,
    headers,
    body,
    timeoutMs,
    maxBytes: null,
    publicOnly,
  })
  return status
}
