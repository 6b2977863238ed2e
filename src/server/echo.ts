import { EchoSocketIo } from '../protocols/laravel/echo/echo.ts'
import type { SocketIoEndpoint } from '../wire/socketio/endpoint.ts'
import type { House } from './house.ts'
import type { Echo } from './pusher.ts'

/** Laravel Echo over Socket.IO, on the endpoint that it shares with other protocols. */
export function openEchoSocketIo(
  house: House,
  { apps, channels, webhooks }: Echo,
  endpoint: SocketIoEndpoint,
): EchoSocketIo {
  const { settings, nodes, hub, chat, broom, limit, log, now } = house
  const echo = new EchoSocketIo({
    apps,
    nodes,
    hub,
    chat,
    channels,
    log,
    now,
    asks: limit(settings.channelAuthsPerSecond, settings.channelAuthBurst, 'echo asks'),
    clientEvents: limit(settings.clientEventsPerSecond, settings.clientEventsPerSecond),
    attempts: limit((settings.loginAttempts * 1000) / settings.loginWindowMs, settings.loginAttempts, 'echo attempts'),
    authTimeoutMs: settings.channelAuthTimeoutMs,
    maxAuthsAtOnce: settings.channelAuthsAtOnce,
    maxAuthsWaiting: settings.channelAuthsWaitingMax,
    notify: (app, notice) => webhooks.notify(app, notice),
    limits: {
      maxChannels: settings.pusherSubscriptionsMax,
      maxConnections: settings.pusherConnectionsMax,
      maxMemberBytes: settings.presenceMemberMaxBytes,
      maxDataBytes: settings.pusherEventMaxBytes,
    },
  })
  broom.add(echo)
  if (apps.length > 0) endpoint.serve(echo.service)
  return echo
}
