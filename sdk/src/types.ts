/** The objects of the chat, as they are on the wire. Times are Unix milliseconds. */

/** Up to 10 pairs of the application's own: a key has up to 100 bytes, a value up to 200. */
export type Meta = Readonly<Record<string, string | number | boolean>>

/** A person or bot. `profile_url` and `meta` are absent where there are none. */
export interface User {
  readonly user_id: string
  readonly name: string
  readonly profile_url?: string
  readonly meta?: Meta
  readonly created_at: number
  readonly updated_at: number
  /** In lists of a channel's members. */
  readonly joined_at?: number
}

/** A group channel. What is optional is there where it was asked for. */
export interface Channel {
  readonly channel_id: string
  readonly name: string
  readonly profile_url?: string
  readonly type: 'group'
  /** Only managers write. */
  readonly freeze: boolean
  readonly total_message_count: number
  readonly total_file_count: number
  readonly created_at: number
  readonly updated_at: number
  readonly meta?: Meta
  readonly members?: readonly (Partial<User> & Pick<User, 'user_id' | 'name'>)[]
  readonly managers?: readonly (Partial<User> & Pick<User, 'user_id' | 'name'>)[]
  /** Unread messages by user. */
  readonly unread?: Readonly<Record<string, number>>
  /** When each user last read, by user. */
  readonly read_receipt?: Readonly<Record<string, number>>
  /** When messages last reached each user, by user. */
  readonly delivery_receipt?: Readonly<Record<string, number>>
  readonly last_message?: Message | null
}

/** An uploaded file. `url` may be relative to the server. */
export interface MessageFile {
  readonly type: string
  readonly name: string
  readonly url: string
  /** In bytes. */
  readonly size: number
}

export interface Message {
  /** Counts up in its channel, from 1. */
  readonly message_id: number
  readonly channel_id: string
  readonly type: 'text' | 'file'
  /** Null for words of the house itself. */
  readonly user: User | null
  readonly content?: string
  readonly file?: MessageFile
  /** The message was changed by a filter. */
  readonly filter?: { readonly origin_content?: string; readonly type: readonly string[] }
  readonly meta?: Meta
  readonly created_at: number
  readonly updated_at: number
  /** The sender's own name for it: only of messages that this client has sent. */
  readonly client_id?: string
}

/** A message that is on its way. */
export interface PendingMessage {
  readonly client_id: string
  readonly channel_id: string
  readonly type: 'text'
  readonly user_id: string
  readonly content: string
  readonly meta?: Meta
  /** By the clock of this machine. */
  readonly created_at: number
}

export interface Ban {
  readonly user: User
  readonly reason?: string
  readonly created_at: number
  /** Absent when it has no end. */
  readonly expires_at?: number
}

export interface Report {
  readonly report_id: number
  readonly channel_id: string
  readonly type: 'channel' | 'message' | 'user'
  readonly category: 'suspicious' | 'harassing' | 'spam' | 'inappropriate' | 'other'
  readonly description?: string
  /** Who reported. */
  readonly user: User | null
  readonly message?: Message
  readonly target?: User
  readonly created_at: number
}

/** What couldn't be resumed: there is a hole before `to`. Load the channel anew. */
export interface Gap {
  readonly channel_id: string
  /** The last event that was heard; null for none. */
  readonly from: number | null
  /** Where events go on; null when they don't. */
  readonly to: number | null
  /** `left`: not a member any more, or the channel is gone. `too_many`: more was missed than is sent again. `unknown`: the position is not of this channel. */
  readonly reason: 'left' | 'too_many' | 'unknown'
}
