import { flag, integer, webUrl } from './parsers.ts'
import { second, hour, kib, mib, setting } from './setting.ts'

/** What is set for one protocol or wire. */

export const guestSettings = {
  framesPerSecond: setting(
    'FRAMES_PER_SECOND',
    50,
    integer(1, 100_000),
    'What may come on one connection of a guest, a host, a client of Laravel or of Socket.IO, over time.',
  ),
  frameBurst: setting(
    'FRAME_BURST',
    200,
    integer(1, 1_000_000),
    'What may come on one connection of a guest, a host, a client of Laravel or of Socket.IO, at once.',
  ),
  guestMessagesPerSecond: setting(
    'GUEST_MESSAGES_PER_SECOND',
    40,
    integer(1, 100_000),
    'What all guests of one address may write, over time.',
  ),
  guestMessageBurst: setting(
    'GUEST_MESSAGE_BURST',
    200,
    integer(1, 1_000_000),
    'What all guests of one address may write, at once.',
  ),
  hostMessagesPerSecond: setting(
    'HOST_MESSAGES_PER_SECOND',
    500,
    integer(1, 1_000_000),
    'What all guests of one host may write, over time.',
  ),
  hostMessageBurst: setting(
    'HOST_MESSAGE_BURST',
    2000,
    integer(1, 10_000_000),
    'What all guests of one host may write, at once.',
  ),
  dialsPerSecond: setting(
    'DIALS_PER_SECOND',
    20,
    integer(1, 100_000),
    'Connections that guests, hosts and clients of Laravel and Socket.IO of one address may open, over time.',
  ),
  dialBurst: setting(
    'DIAL_BURST',
    400,
    integer(1, 1_000_000),
    'Connections that guests, hosts and clients of Laravel and Socket.IO of one address may open, at once.',
  ),
  retentionDays: setting(
    'RETENTION_DAYS',
    7,
    integer(0, 36_500),
    'How long the messages of a closed guest’s room are kept, unless it is taken up again.',
  ),
  retentionIntervalMs: setting(
    'RETENTION_INTERVAL_MS',
    600 * second,
    integer(second, 24 * hour),
    'How often the server looks for messages to remove.',
  ),
  guestRoomsPerMinute: setting(
    'GUEST_ROOMS_PER_MINUTE',
    600,
    integer(1, 100_000),
    'Chatrooms that the guests of one host open, all together. What one address opens is counted as new customers.',
  ),
  emailRequestsPerHour: setting(
    'EMAIL_REQUESTS_PER_HOUR',
    100,
    integer(1, 100_000),
    'Requests from one address that name an e-mail address: whether it is free, to send it a code or a password.',
  ),
  mailsPerHour: setting(
    'MAILS_PER_HOUR',
    20,
    integer(1, 10_000),
    'Codes and passwords that are mailed to one e-mail address.',
  ),
  profileImageMaxBytes: setting(
    'PROFILE_IMAGE_MAX_BYTES',
    5 * mib,
    integer(kib, 64 * mib),
    'The largest picture of a host.',
  ),
}

export const communitySettings = {
  communitiesPerManager: setting(
    'COMMUNITIES_PER_MANAGER',
    50,
    integer(1, 100_000),
    'Communities that one user manages.',
  ),
  communityMembersMax: setting('COMMUNITY_MEMBERS_MAX', 5000, integer(2, 100_000), 'Members of one community.'),
  communityChannelsMax: setting('COMMUNITY_CHANNELS_MAX', 200, integer(1, 1000), 'Channels of one community.'),
  communityPlacesPerMinute: setting(
    'COMMUNITY_PLACES_PER_MINUTE',
    30_000,
    integer(100, 10_000_000),
    'Places in communities and channels that one user gives out: ten people added to a community with nine public channels take a hundred.',
  ),
  followingsMax: setting('FOLLOWINGS_MAX', 1000, integer(1, 100_000), 'People whom one user of a community follows.'),
  searchesPerMinute: setting(
    'SEARCHES_PER_MINUTE',
    60,
    integer(1, 100_000),
    'Searches for people of communities from one address. Each looks at everybody.',
  ),
  recoveryMs: setting(
    'RECOVERY_MS',
    120 * second,
    integer(0, hour),
    'How long a lost Socket.IO client may stay away and still be told what it missed.',
  ),
  recoveriesMax: setting(
    'RECOVERIES_MAX',
    20_000,
    integer(1, 1_000_000),
    'Lost Socket.IO clients that are waited for. Past it, the one that was lost first is forgotten.',
  ),
  recoveryEventsMax: setting(
    'RECOVERY_EVENTS_MAX',
    65_536,
    integer(1000, 10_000_000),
    'Events of channels of which the order is remembered, for clients that come back.',
  ),
}

export const stompSettings = {
  stompHeartbeatMs: setting(
    'STOMP_HEARTBEAT_MS',
    10 * second,
    integer(0, 600 * second),
    'The heart-beat that is offered, both ways, to clients that ask for one; 0 for none.',
  ),
  stompBodyMaxBytes: setting('STOMP_BODY_MAX_BYTES', 64 * kib, integer(kib, 16 * mib), 'The largest body of a frame.'),
  stompHeadersMaxBytes: setting(
    'STOMP_HEADERS_MAX_BYTES',
    16 * kib,
    integer(kib, mib),
    'The command and all headers of a frame.',
  ),
  stompHeadersMax: setting('STOMP_HEADERS_MAX', 64, integer(8, 1000), 'The number of headers of a frame.'),
  stompSubscriptionsMax: setting(
    'STOMP_SUBSCRIPTIONS_MAX',
    64,
    integer(1, 10_000),
    'The number of subscriptions of a connection.',
  ),
}

export const sockjsSettings = {
  sockjsScripts: setting(
    'SOCKJS_SCRIPTS',
    false,
    flag,
    'Allow the transports for very old browsers that run scripts from this server in the page: iframes, HTML files and JSONP.',
  ),
  sockjsClientUrl: setting(
    'SOCKJS_CLIENT_URL',
    null,
    webUrl,
    'Where the iframe page loads the SockJS client from. Needed for the script transports that use an iframe.',
  ),
  sockjsHeartbeatMs: setting(
    'SOCKJS_HEARTBEAT_MS',
    25 * second,
    integer(second, hour),
    'How often an idle session is sent a heart-beat.',
  ),
  sockjsDisconnectDelayMs: setting(
    'SOCKJS_DISCONNECT_DELAY_MS',
    5 * second,
    integer(100, 600 * second),
    'How long a session lives without a receiving connection.',
  ),
  sockjsResponseMaxBytes: setting(
    'SOCKJS_RESPONSE_MAX_BYTES',
    128 * kib,
    integer(kib, 16 * mib),
    'When a streaming response ends and the client asks for the next.',
  ),
}

export const laravelSettings = {
  redisPayloadMaxBytes: setting(
    'REDIS_PAYLOAD_MAX_BYTES',
    256 * kib,
    integer(kib, 16 * mib),
    'The largest message that an application publishes to Redis.',
  ),
  webhookTimeoutMs: setting(
    'WEBHOOK_TIMEOUT_MS',
    5 * second,
    integer(100, 60 * second),
    'How long an application may take to answer a callback or a webhook.',
  ),
  webhookAttempts: setting(
    'WEBHOOK_ATTEMPTS',
    8,
    integer(1, 100),
    'How often a callback or a webhook is tried, with pauses that grow from 1 s to 1 h, before it is given up.',
  ),
  webhooksWaitingMax: setting(
    'WEBHOOKS_WAITING_MAX',
    10_000,
    integer(1, 1_000_000),
    'Callbacks and webhooks that wait for one app. Past it new ones are dropped.',
  ),
}

export const pusherSettings = {
  pusherActivityTimeoutMs: setting(
    'PUSHER_ACTIVITY_TIMEOUT_MS',
    120 * second,
    integer(second, hour),
    'How long a connection may be silent before either end asks whether the other is there.',
  ),
  pusherPongTimeoutMs: setting(
    'PUSHER_PONG_TIMEOUT_MS',
    30 * second,
    integer(second, 600 * second),
    'How long a client may take to answer that.',
  ),
  pusherConnectionsMax: setting(
    'PUSHER_CONNECTIONS_MAX',
    20_000,
    integer(1, 1_000_000),
    'Open connections of one app.',
  ),
  pusherSubscriptionsMax: setting(
    'PUSHER_SUBSCRIPTIONS_MAX',
    100,
    integer(1, 10_000),
    'The number of channels of a connection.',
  ),
  pusherEventMaxBytes: setting(
    'PUSHER_EVENT_MAX_BYTES',
    10 * kib,
    integer(kib, mib),
    'The largest data of an event, of an application or of a client.',
  ),
  pusherCacheMaxBytes: setting(
    'PUSHER_CACHE_MAX_BYTES',
    16 * mib,
    integer(64 * kib, 1024 * mib),
    'The last events of the cache channels of one app.',
  ),
  channelAuthTimeoutMs: setting(
    'CHANNEL_AUTH_TIMEOUT_MS',
    5 * second,
    integer(100, 60 * second),
    'How long an application may take to say whether a client on Socket.IO may join a channel.',
  ),
  channelAuthsAtOnce: setting(
    'CHANNEL_AUTHS_AT_ONCE',
    32,
    integer(1, 10_000),
    'How many of these questions one application is asked at the same time. The others wait for their turn.',
  ),
  channelAuthsWaitingMax: setting(
    'CHANNEL_AUTHS_WAITING_MAX',
    20_000,
    integer(1, 1_000_000),
    'How many of them wait for one application, each for at most a minute. Past it the clients are refused.',
  ),
  channelAuthsPerSecond: setting(
    'CHANNEL_AUTHS_PER_SECOND',
    100,
    integer(1, 100_000),
    'Such questions of clients from one address, over time.',
  ),
  channelAuthBurst: setting(
    'CHANNEL_AUTH_BURST',
    2000,
    integer(1, 1_000_000),
    'Such questions of clients from one address, at once.',
  ),
  clientEventsPerSecond: setting(
    'CLIENT_EVENTS_PER_SECOND',
    10,
    integer(1, 10_000),
    'What one connection may whisper, over time and at once.',
  ),
  publicChannelsMax: setting(
    'PUBLIC_CHANNELS_MAX',
    100_000,
    integer(1, 10_000_000),
    'Public channels of one app that somebody is in. The names of others are signed by the application.',
  ),
  presenceMembersMax: setting('PRESENCE_MEMBERS_MAX', 100, integer(1, 10_000), 'Users in one presence channel.'),
  presenceMemberMaxBytes: setting(
    'PRESENCE_MEMBER_MAX_BYTES',
    2 * kib,
    integer(64, 64 * kib),
    'What the others see of a user in a presence channel.',
  ),
}

export const socketioSettings = {
  socketioNamespacesMax: setting(
    'SOCKETIO_NAMESPACES_MAX',
    16,
    integer(1, 1000),
    'The number of namespaces of a connection: communities that are open at once.',
  ),
}

export const groupSettings = {
  platformRequestsPerSecond: setting(
    'PLATFORM_REQUESTS_PER_SECOND',
    500,
    integer(1, 1_000_000),
    'What the servers of one gitplelive app may ask, over time.',
  ),
  platformRequestBurst: setting(
    'PLATFORM_REQUEST_BURST',
    2000,
    integer(1, 10_000_000),
    'What the servers of one gitplelive app may ask, at once.',
  ),
  groupChannelsPerMinute: setting(
    'GROUP_CHANNELS_PER_MINUTE',
    60,
    integer(1, 100_000),
    'New group channels of one user. What an app’s own servers make is not counted.',
  ),
  groupMembersMax: setting('GROUP_MEMBERS_MAX', 5000, integer(2, 100_000), 'Members of one group channel.'),
  groupChannelsPerConnection: setting(
    'GROUP_CHANNELS_PER_CONNECTION',
    500,
    integer(1, 1000),
    'Group channels that one connection hears: those that changed last.',
  ),
  groupResumeEventsMax: setting(
    'GROUP_RESUME_EVENTS_MAX',
    500,
    integer(1, 10_000),
    'What is told again of one group channel to a client that comes back. One that missed more hears of a gap.',
  ),
}
