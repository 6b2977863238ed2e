import { Gitplelive } from '../protocols/gitplelive/gitplelive.ts'
import { gitpleliveDocs } from '../protocols/gitplelive/rest/docs.ts'
import { sdkFiles } from '../protocols/gitplelive/sdk-files.ts'
import { gitpleliveSocket } from '../protocols/gitplelive/socket/asyncapi.ts'
import { GitpleliveSockets } from '../protocols/gitplelive/socket/sockets.ts'
import type { House } from './house.ts'
import type { Part } from './part.ts'

/** gitplelive: group channels, with a REST for an app's servers and for its users. */
export function openLive(house: House): Part {
  const { settings, limit } = house
  const apps = house.apps.flatMap((app) => (app.gitplelive ? [{ app, settings: app.gitplelive }] : []))
  const { prefixes, routes, errorBody, shared } = Gitplelive.open({
    ...house,
    apps,
    limits: {
      platform: limit(settings.platformRequestsPerSecond, settings.platformRequestBurst, 'gitplelive platform'),
      reads: limit(settings.messagesPerSecond, settings.messageBurst, 'gitplelive reads'),
      strangers: limit(settings.messagesPerSecond, settings.messageBurst, 'gitplelive strangers'),
      channels: limit(settings.groupChannelsPerMinute / 60, settings.groupChannelsPerMinute, 'gitplelive channels'),
      uploads: limit(settings.uploadsPerMinute / 60, settings.uploadsPerMinute, 'gitplelive uploads'),
    },
    maxima: {
      members: settings.groupMembersMax,
      fileBytes: settings.uploadMaxBytes,
      messageChars: settings.messageMaxChars,
    },
    publicUrl: settings.publicUrl,
  })
  const rest = {
    prefixes,
    routes,
    errorBody,
    // Keys and tokens travel in headers, so any page may ask and none can ask in a visitor's name.
    cors: { origins: ['*'], exposedHeaders: ['x-request-id'] },
    uploads: { maxBytes: settings.uploadMaxBytes },
    docs: gitpleliveDocs,
  }
  const sockets = new GitpleliveSockets({ shared, ...socketOptions(house) })
  house.broom.add(sockets)
  return {
    mounts: apps.length > 0 ? [rest, sdkFiles()] : [],
    sockets: apps.length > 0 ? [gitpleliveSocket] : [],
    takeRequest: () => false,
    takeUpgrade: (request, socket, head) => {
      if (!sockets.owns(request.url ?? '')) return false
      sockets.upgrade(request, socket, head)
      return true
    },
    drain: (close) => sockets.drain(close),
  }
}

function socketOptions({ settings, limit, wire }: House) {
  return {
    live: {
      frames: limit(settings.framesPerSecond, settings.frameBurst),
      maxChannels: settings.groupChannelsPerConnection,
      connectTimeoutMs: settings.connectTimeoutMs,
      heartbeatMs: settings.pingIntervalMs,
      // A quarter of what may wait for a connection: the rest is for what happens meanwhile.
      maxReplayBytes: settings.outboxMaxBytes / 4,
    },
    dials: limit(settings.dialsPerSecond, settings.dialBurst, 'gitplelive dials'),
    maxResumed: settings.groupResumeEventsMax,
    wire: wire('gitplelive'),
  }
}
