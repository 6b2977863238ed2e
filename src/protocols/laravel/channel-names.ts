import { channelTopic, type ChannelTopic } from '../../core/hub.ts'
import type { AppId, Room } from '../../core/model.ts'
import { unknownKind, type ChannelKind, type LaravelApp } from './settings.ts'

// Beside it, channels of Echo have a prefix of their own.
const prefix = 'socket:'
const roomPrefix = 'laravel:'

/** `chat` of `chat:room1`. */
export function kindOf({ settings }: LaravelApp, channel: string): ChannelKind {
  return settings.channels.get(channel.split(':', 1)[0] ?? '') ?? unknownKind
}

/** As the core's `broadcast` names a channel of the JWT socket. */
export function socketName(channel: string): string {
  return prefix + channel
}

export function socketTopic(appId: AppId, channel: string): ChannelTopic {
  return channelTopic(appId, socketName(channel))
}

/** The channel of a broadcast's name; null for one of another wire. */
export function channelOfName(name: string): string | null {
  return name.startsWith(prefix) ? name.slice(prefix.length) : null
}

export function roomKey(channel: string): string {
  return roomPrefix + channel
}

/** The channel of a room; null for a room of another protocol. */
export function channelOfRoom({ kind, key }: Room): string | null {
  return kind === 'laravel_channel' && key.startsWith(roomPrefix) ? key.slice(roomPrefix.length) : null
}
