import type { BackoffOptions } from './backoff.ts';
import { ChannelCalls } from './channel-calls.ts';
import type { ClientEvents } from './client-events.ts';
import { type Environment } from './environment.ts';
import { Rest, type Progress } from './rest.ts';
import { type TokenSource } from './session-token.ts';
import type { Message, Meta, PendingMessage, User } from './types.ts';
export interface ClientOptions {
    readonly app_id: string;
    /** Of the server: `https://chat.example`. */
    readonly url: string;
    /**
     * The session token of the user, which the application's own server asks for. A function is asked again when a token has
     * expired.
     */
    readonly session_token: TokenSource;
    /** How it comes back when a connection is lost. */
    readonly reconnect?: BackoffOptions;
    /** For a dial, a request, a message's acknowledgement. Default 10,000. */
    readonly timeout_ms?: number;
    /** Messages that wait for a connection or their acknowledgement; more are rejected. Default 500. */
    readonly max_queued_messages?: number;
    /** For tests: the clock, chance and the network. */
    readonly environment?: Partial<Environment>;
}
export interface MessageQuery {
    readonly channel_id: string;
    /** 1 to 100; 15 where it isn't said. */
    readonly limit?: number;
    /** Those before `base_message_id`, or those after it. Default `prev`. */
    readonly mode?: 'prev' | 'next';
    readonly base_message_id?: number;
    readonly type?: 'text' | 'file';
    /** Part of the words. */
    readonly content?: string;
}
export interface FileUpload {
    readonly channel_id: string;
    readonly file: Blob;
    /** Default: the file's own. */
    readonly name?: string;
    readonly content?: string;
    readonly meta?: Meta;
    readonly on_progress?: (progress: Progress) => void;
}
/** A message that is sent: its promise, and what is known of it until then. */
export interface Sending extends Promise<Message> {
    readonly pending: PendingMessage;
}
/**
 * A user's connection to the server. It comes back by itself when it was lost, and hears what it missed; messages that are
 * sent meanwhile wait, and are posted once. Every method that answers later returns a promise; one that nobody looks at
 * fails without noise.
 *
 * @example
 * ```ts
 * const other = new Client({ app_id, url, session_token: () => sessionTokenOf('user_2') })
 * other.on('group:message_send', (message, channel) => console.log(channel.name, message.user?.name, message.content))
 * await other.connectUser({ user_id: 'user_2' })
 * other.disconnectUser()
 * ```
 */
export declare class Client extends ChannelCalls {
    #private;
    protected readonly rest: Rest;
    /** Throws a `GitpleLiveError` 60101 when the options can't be right. */
    constructor(options: ClientOptions);
    /**
     * `closed`, `connecting` (also while it comes back) or `open`.
     *
     * @example
     * ```ts
     * console.log(client.state)
     * ```
     */
    get state(): 'closed' | 'connecting' | 'open';
    /**
     * Connects as the user of the session token. Resolves when the server has welcomed it; rejects when the server refuses, when all
     * tries have failed, or when `disconnectUser` comes first.
     *
     * @example
     * ```ts
     * client.disconnectUser()
     * const user = await client.connectUser({ user_id: 'user_1' })
     * console.log(user.name)
     * ```
     */
    connectUser(user: {
        readonly user_id: string;
    }): Promise<User>;
    /**
     * Closes the connection and doesn't come back. Messages that were not acknowledged are rejected.
     *
     * @example
     * ```ts
     * client.disconnectUser()
     * ```
     */
    disconnectUser(): void;
    /**
     * Calls the handler whenever the event happens.
     *
     * @example
     * ```ts
     * client.on('group:message_send', (message, channel) => console.log(channel.channel_id, message.content))
     * ```
     */
    on<Name extends keyof ClientEvents>(event: Name, handler: (...args: ClientEvents[Name]) => void): this;
    /**
     * Calls the handler the next time only.
     *
     * @example
     * ```ts
     * client.once('disconnected', ({ reason }) => console.log(reason))
     * ```
     */
    once<Name extends keyof ClientEvents>(event: Name, handler: (...args: ClientEvents[Name]) => void): this;
    /**
     * Doesn't call the handler any more; without one, none of the event's; without an event, none at all.
     *
     * @example
     * ```ts
     * const log = (): void => console.log('typing')
     * client.on('group:typing', log)
     * client.off('group:typing', log)
     * ```
     */
    off<Name extends keyof ClientEvents>(event?: Name, handler?: (...args: ClientEvents[Name]) => void): this;
    /**
     * Sends a message. Without a connection it waits for one; sent again after a cut it is the same message still. The promise
     * resolves when the server has it on its disk; `pending` is for showing it until then, and so are the events `message:pending`,
     * `message:sent` and `message:failed`.
     *
     * @example
     * ```ts
     * const sending = client.sendMessage({ channel_id: 'channel_1', content: '안녕하세요' })
     * console.log(sending.pending.client_id)
     * const message = await sending
     * console.log(message.message_id)
     * ```
     */
    sendMessage(message: {
        readonly channel_id: string;
        readonly content: string;
        readonly meta?: Meta;
    }): Sending;
    /**
     * Sends a file, over HTTP. An upload that is cut off is tried again and posts once. Browsers tell of the progress, Node
     * when it is done.
     *
     * @example
     * ```ts
     * const file = new File(['hello'], 'hello.txt', { type: 'text/plain' })
     * const message = await client.sendFile({
     *   channel_id: 'channel_1',
     *   file,
     *   on_progress: ({ loaded, total }) => console.log(`${loaded} of ${total}`),
     * })
     * console.log(message.file?.url)
     * ```
     */
    sendFile(upload: FileUpload): Promise<Message>;
    /**
     * Messages of a channel, the oldest first.
     *
     * @example
     * ```ts
     * const { messages } = await client.getMessages({ channel_id: 'channel_1', limit: 30 })
     * const oldest = messages[0]
     * if (oldest) await client.getMessages({ channel_id: 'channel_1', base_message_id: oldest.message_id })
     * ```
     */
    getMessages({ channel_id, ...query }: MessageQuery): Promise<{
        readonly messages: readonly Message[];
    }>;
    /**
     * Changes one's own message. What isn't said stays; `meta` is replaced as a whole.
     *
     * @example
     * ```ts
     * const { message_id } = await client.sendMessage({ channel_id: 'channel_1', content: 'helo' })
     * await client.updateMessage({ channel_id: 'channel_1', message_id, content: 'hello' })
     * ```
     */
    updateMessage(change: {
        readonly channel_id: string;
        readonly message_id: number;
        readonly content?: string;
        readonly meta?: Meta;
    }): Promise<Message>;
    /**
     * Deletes one's own message, and answers with it as it was; a channel's managers may delete every one.
     *
     * @example
     * ```ts
     * const { message_id } = await client.sendMessage({ channel_id: 'channel_1', content: 'a mistake' })
     * await client.deleteMessage({ channel_id: 'channel_1', message_id })
     * ```
     */
    deleteMessage(named: {
        readonly channel_id: string;
        readonly message_id: number;
    }): Promise<Message>;
    /**
     * Sets pairs of a message's `meta`; the others stay.
     *
     * @example
     * ```ts
     * const { message_id } = await client.sendMessage({ channel_id: 'channel_1', content: 'pinned' })
     * await client.updateMessageMeta({ channel_id: 'channel_1', message_id, meta: { pinned: true } })
     * ```
     */
    updateMessageMeta(change: {
        readonly channel_id: string;
        readonly message_id: number;
        readonly meta: Meta;
    }): Promise<Message>;
    /**
     * Removes pairs of a message's `meta`; all of them where no keys are named.
     *
     * @example
     * ```ts
     * const { message_id } = await client.sendMessage({ channel_id: 'channel_1', content: 'pinned', meta: { pinned: true } })
     * await client.deleteMessageMeta({ channel_id: 'channel_1', message_id })
     * ```
     */
    deleteMessageMeta(named: {
        readonly channel_id: string;
        readonly message_id: number;
        readonly keys?: readonly string[];
    }): Promise<Message>;
    /**
     * Has read all of the channel.
     *
     * @example
     * ```ts
     * await client.markRead({ channel_id: 'channel_1' })
     * ```
     */
    markRead(named: {
        readonly channel_id: string;
    }): Promise<void>;
    /**
     * All of the channel's messages have arrived here.
     *
     * @example
     * ```ts
     * await client.markDelivered({ channel_id: 'channel_1' })
     * ```
     */
    markDelivered(named: {
        readonly channel_id: string;
    }): Promise<void>;
    /**
     * Tells the others that one is writing. Call it again every few seconds while it is so.
     *
     * @example
     * ```ts
     * await client.sendTyping({ channel_id: 'channel_1' })
     * ```
     */
    sendTyping(named: {
        readonly channel_id: string;
    }): Promise<void>;
    /** A promise that nobody looks at must not end the program: what it rejects with is also told by events, or was for its caller alone. */
    protected handled<T>(promise: Promise<T>): Promise<T>;
}
