import type { Delivery } from '../../../core/event.ts'
import type { Encoding } from '../../../core/ports.ts'
import { EventFraming } from '../../../wire/socketio/framing.ts'
import { reservedEvents } from '../../../wire/socketio/packet.ts'
import { channelNewsOf, echoBroadcastOf } from '../broadcasts.ts'
import type { ChannelMember } from '../channel-member.ts'

/** What laravel-echo-server says: the JSON array of an event's name, the channel, and what there is to say. */

export const rootFraming = new EventFraming('/')

export function subscribedText(channel: string, members: Iterable<ChannelMember>): string {
  return words('presence:subscribed', channel, `[${Array.from(members, memberJson).join(',')}]`)
}

/** `status` is of HTTP: the application's, or what it would have been; 0 when nobody answered. */
export function refusedText(channel: string, status: number): string {
  return words('subscription_error', channel, String(status))
}

/** What is said in a channel, the same for everyone in it but the one whom it comes from. */
export class EchoEncoding implements Encoding {
  readonly key = 'laravel echo'

  encode(delivery: Delivery): Uint8Array | null {
    const text = textOf(delivery)
    return text === null ? null : rootFraming.frame(text)
  }

  /** Clients are known to the application by the ids of their lines. */
  skips({ event }: Delivery): string | null {
    return event.origin
  }
}

function textOf(delivery: Delivery): string | null {
  const said = echoBroadcastOf(delivery)
  if (said) {
    const { channel, event, data, whisper } = said
    // To a client it would be the library's own word, or none at all, at which it hangs up.
    if (reservedEvents.has(event)) return null
    return words(event, channel, whisper ? data : value(data))
  }
  const told = channelNewsOf(delivery)
  if (!told) return null
  const { channel, news } = told
  switch (news.type) {
    case 'member_added':
      return words('presence:joining', channel, memberJson({ id: news.userId, info: news.info }))
    case 'member_removed':
      return words('presence:leaving', channel, memberJson({ id: news.userId, info: news.info }))
    case 'terminated':
      return null
  }
}

function words(event: string, channel: string, json: string): string {
  return `[${JSON.stringify(event)},${JSON.stringify(channel)},${json}]`
}

function memberJson({ id, info }: ChannelMember): string {
  return `{"user_id":${JSON.stringify(id)},"user_info":${info}}`
}

/** Over the Pusher HTTP API an application publishes any text. */
function value(data: string): string {
  try {
    JSON.parse(data)
    return data
  } catch {
    return JSON.stringify(data)
  }
}
