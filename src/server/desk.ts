import type { Settings } from '../config/table.ts'
import type { Mount } from '../http/mount.ts'
import { cstalkSockets } from '../protocols/cstalk/asyncapi.ts'
import { Cstalk } from '../protocols/cstalk/cstalk.ts'
import { cstalkDocs } from '../protocols/cstalk/rest/docs.ts'
import { errorBody } from '../protocols/cstalk/rest/refusal.ts'
import { cstalkPrefixes, cstalkRoutes } from '../protocols/cstalk/rest/routes.ts'
import { version } from '../version.ts'
import { SockJsEndpoint } from '../wire/sockjs/endpoint.ts'
import { defaultStompLimits } from '../wire/stomp/limits.ts'
import type { StompSettings } from '../wire/stomp/settings.ts'
import type { House } from './house.ts'
import type { Part } from './part.ts'

/** cstalk: the consultation desk's SockJS endpoint at `/ws`, and its REST. */
export async function openDesk(house: House): Promise<Part> {
  const { settings, apps, limit } = house
  const cstalk = await Cstalk.open({
    ...house,
    apps: apps.flatMap((app) => (app.cstalk ? [{ app, settings: app.cstalk }] : [])),
    reads: limit(settings.messagesPerSecond, settings.messageBurst, 'cstalk reads'),
    newcomers: limit(settings.newCustomersPerSecond, settings.newCustomersBurst, 'cstalk newcomers'),
    stomp: stompSettings(settings),
  })
  const sockjs = new SockJsEndpoint({
    ...house.wire('cstalk'),
    prefix: '/ws',
    accept: cstalk.accept,
    protocols: ['v12.stomp', 'v11.stomp', 'v10.stomp'],
    cookieNeeded: true,
    allowScriptTransports: settings.sockjsScripts,
    ...(settings.sockjsClientUrl === null ? {} : { clientUrl: settings.sockjsClientUrl }),
    heartbeatMs: settings.sockjsHeartbeatMs,
    disconnectDelayMs: settings.sockjsDisconnectDelayMs,
    maxStreamBytes: settings.sockjsResponseMaxBytes,
  })
  house.broom.add(sockjs)
  return {
    mounts: [restOf(cstalk, house)],
    sockets: cstalkSockets,
    takeRequest: (request, response) => sockjs.handleRequest(request, response),
    takeUpgrade: (request, socket, head) => sockjs.handleUpgrade(request, socket, head),
    drain: (close) => sockjs.drain(close),
  }
}

function restOf(cstalk: Cstalk, { settings, files, limit }: House): Mount {
  return {
    prefixes: cstalkPrefixes,
    docs: cstalkDocs,
    errorBody,
    // Tokens travel in a header, so any page may ask and none can ask in a visitor's name.
    cors: { origins: ['*'], exposedHeaders: ['x-total-count'] },
    uploads: { maxBytes: settings.uploadMaxBytes },
    routes: cstalkRoutes(cstalk.desk, {
      files,
      publicUrl: settings.publicUrl,
      logins: limit((settings.loginAttempts * 1000) / settings.loginWindowMs, settings.loginAttempts, 'cstalk logins'),
      visits: limit(settings.messagesPerSecond, settings.messageBurst, 'cstalk visits'),
      uploads: limit(settings.uploadsPerMinute / 60, settings.uploadsPerMinute, 'cstalk uploads'),
      maxUploadBytes: settings.uploadMaxBytes,
      pageSize: settings.pageSize,
      maxPageSize: settings.pageMax,
    }),
  }
}

function stompSettings(settings: Settings): StompSettings {
  return {
    server: `parlance/${version}`,
    heartBeat: { sendMs: settings.stompHeartbeatMs, receiveMs: settings.stompHeartbeatMs },
    connectTimeoutMs: settings.connectTimeoutMs,
    limits: {
      ...defaultStompLimits,
      maxHeaders: settings.stompHeadersMax,
      maxHeadChars: settings.stompHeadersMaxBytes,
      maxBodyBytes: settings.stompBodyMaxBytes,
      maxSubscriptions: settings.stompSubscriptionsMax,
    },
  }
}
