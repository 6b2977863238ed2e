import type { AppId, Meta } from '../core/model.ts'
import { Channels } from '../protocols/laravel/channels.ts'
import { pusherDocs } from '../protocols/laravel/pusher/api/docs.ts'
import type { Unsigned } from '../protocols/laravel/pusher/api/routes.ts'
import { Pusher } from '../protocols/laravel/pusher/pusher.ts'
import { PusherWebhooks } from '../protocols/laravel/pusher/webhooks.ts'
import type { LaravelApp } from '../protocols/laravel/settings.ts'
import type { House } from './house.ts'
import type { Part } from './part.ts'

/** What Laravel Echo's wires share. */
export interface Echo {
  readonly apps: readonly LaravelApp[]
  readonly channels: Channels
  readonly webhooks: PusherWebhooks
}

/** `addWebhook` keeps the call of a webhook for later. */
export function openEcho(
  house: House,
  apps: readonly LaravelApp[],
  addWebhook: (appId: AppId, body: Meta) => Promise<boolean>,
): Echo {
  const { settings, bus, nodes, cluster, broom, log, now } = house
  const webhooks = new PusherWebhooks({ apps, nodes, isAlone: cluster === null, add: addWebhook, log, now })
  broom.add(webhooks)
  const channels = new Channels({
    apps: apps.map(({ app }) => app),
    bus,
    nodes,
    maxPublicChannels: settings.publicChannelsMax,
    maxMembers: settings.presenceMembersMax,
    onOccurrence: (occurrence) => webhooks.happened(occurrence),
    now,
  })
  broom.add(channels)
  return { apps, channels, webhooks }
}

/** The Pusher protocol. `unsigned` answers requests to its HTTP API that have no signature. */
export function openPusher(house: House, { apps, channels, webhooks }: Echo, unsigned: Unsigned | null): Part {
  const { settings, bus, nodes, cluster, hub, chat, broom, limit, log, now, wire } = house
  const pusher = new Pusher({
    apps,
    bus,
    nodes,
    // Alone, each would be kept twice.
    shelf: cluster && nodes.shelf('cache-channels'),
    hub,
    chat,
    channels,
    wire: wire('pusher'),
    unsigned,
    log,
    now,
    frames: limit(settings.framesPerSecond, settings.frameBurst),
    clientEvents: limit(settings.clientEventsPerSecond, settings.clientEventsPerSecond),
    dials: limit(settings.dialsPerSecond, settings.dialBurst, 'pusher dials'),
    maxCacheBytes: settings.pusherCacheMaxBytes,
    notify: (app, notice) => webhooks.notify(app, notice),
    limits: {
      activityTimeoutMs: settings.pusherActivityTimeoutMs,
      pongTimeoutMs: settings.pusherPongTimeoutMs,
      maxChannels: settings.pusherSubscriptionsMax,
      maxConnections: settings.pusherConnectionsMax,
      maxMemberBytes: settings.presenceMemberMaxBytes,
      maxDataBytes: settings.pusherEventMaxBytes,
    },
  })
  broom.add(pusher)
  const { prefixes, routes, errorBody, sockets } = pusher
  return {
    mounts: apps.length > 0 ? [{ prefixes, routes, errorBody, docs: pusherDocs }] : [],
    takeRequest: () => false,
    takeUpgrade: (request, socket, head) => {
      if (!sockets.owns(request.url ?? '')) return false
      sockets.upgrade(request, socket, head)
      return true
    },
    drain: (close) => pusher.drain(close),
  }
}
