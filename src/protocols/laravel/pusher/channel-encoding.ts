import type { Delivery } from '../../../core/event.ts'
import type { Encoding } from '../../../core/ports.ts'
import { isProtocolEvent } from '../../../wire/pusher/in-frames.ts'
import { eventFrame, memberAddedFrame, memberRemovedFrame, whisperFrame } from '../../../wire/pusher/out-frames.ts'
import { websocketFraming } from '../../../wire/websocket-frame.ts'
import { channelNewsOf, echoBroadcastOf } from '../broadcasts.ts'
import type { PusherConnections } from './connections.ts'

/** What is said in a channel, the same for everyone in it but the one whom it comes from. */
export class ChannelEncoding implements Encoding {
  readonly key = 'pusher'
  readonly #connections: PusherConnections

  constructor(connections: PusherConnections) {
    this.#connections = connections
  }

  encode(delivery: Delivery): Uint8Array | null {
    const text = textOf(delivery)
    return text === null ? null : websocketFraming.frame(text)
  }

  skips({ event }: Delivery): string | null {
    return event.origin === null ? null : this.#connections.lineIdOf(event.appId, event.origin)
  }
}

function textOf(delivery: Delivery): string | null {
  const said = echoBroadcastOf(delivery)
  if (said) {
    const { channel, event, data, whisper } = said
    // Pusher's HTTP API refuses such names, Redis and laravel-echo-server's API know nothing of them.
    if (isProtocolEvent(event)) return null
    return whisper ? whisperFrame(channel, event, data, whisper.userId) : eventFrame(channel, event, data)
  }
  const told = channelNewsOf(delivery)
  if (!told) return null
  const { channel, news } = told
  switch (news.type) {
    case 'member_added':
      return memberAddedFrame(channel, { id: news.userId, info: news.info })
    case 'member_removed':
      return memberRemovedFrame(channel, news.userId)
    case 'terminated':
      return null
  }
}
