import type { GitpleLiveError } from './errors.ts';
import type { Channel, Gap, Message, PendingMessage, Report, User } from './types.ts';
/**
 * What `client.on` takes, and what the handlers get. A message that this client sent itself is among those of
 * `group:message_send`, with its `client_id`.
 */
export interface ClientEvents {
    /** The first connection of a `connectUser` is open. */
    connected: readonly [user: User];
    /** An open connection was lost, or closed by `disconnectUser`. */
    disconnected: readonly [end: {
        readonly reason: string;
        readonly will_reconnect: boolean;
    }];
    /** An attempt to return begins. */
    reconnectTry: readonly [attempt: {
        readonly attempt: number;
    }];
    /** Back, and everything that was missed has been told. */
    reconnectSucceed: readonly [user: User];
    /** No more attempts. `connectUser` begins anew. */
    reconnectFailed: readonly [error: GitpleLiveError];
    error: readonly [error: GitpleLiveError];
    /** Something was missed that can't be told any more. */
    gap: readonly [gap: Gap];
    /** A message was given to the SDK. One of the next two follows. */
    'message:pending': readonly [message: PendingMessage];
    'message:sent': readonly [message: Message];
    'message:failed': readonly [message: PendingMessage, error: GitpleLiveError];
    'group:message_send': readonly [message: Message, channel: Channel];
    'group:message_update': readonly [message: Message, channel: Channel];
    'group:message_delete': readonly [message: Message, channel: Channel];
    'group:channel_join': readonly [channel: Channel, user: User];
    'group:channel_leave': readonly [channel: Channel, user: User];
    'group:channel_manager_create': readonly [channel: Channel, user: User];
    'group:channel_manager_delete': readonly [channel: Channel, user: User];
    'group:channel_ban': readonly [channel: Channel, user: User];
    'group:channel_unban': readonly [channel: Channel, user: User];
    'group:channel_update': readonly [channel: Channel];
    'group:channel_delete': readonly [channel: Channel];
    'group:channel_freeze': readonly [channel: Channel];
    'group:channel_unfreeze': readonly [channel: Channel];
    /** The user has read everything up to that message. */
    'group:channel_message_read_event': readonly [channel: Channel, user: User, message_id: number];
    /** Everything up to that message has reached the user. */
    'group:channel_message_delivered_event': readonly [channel: Channel, user: User, message_id: number];
    'group:typing': readonly [channel: Channel, user: User];
    /** For a channel's managers. */
    'group:report_create': readonly [report: Report, channel: Channel];
    /** A user of one of the channels, or oneself. */
    user_update: readonly [user: User];
    user_delete: readonly [user: Pick<User, 'user_id'>];
}
/** The order of what an event's data has, as its handlers get it. */
export declare const eventArguments: {
    readonly [Name in keyof ClientEvents as Name extends `group:${string}` | `user_${string}` ? Name : never]: readonly string[];
};
