import type { BackoffOptions } from './backoff.ts';
import { type ClientEvents } from './client-events.ts';
import type { Emitter } from './emitter.ts';
import { type Environment } from './environment.ts';
import type { SessionToken } from './session-token.ts';
import type { Message, Meta, PendingMessage, User } from './types.ts';
export interface SessionOptions {
    readonly environment: Environment;
    /** Of the server. */
    readonly baseUrl: string;
    readonly appId: string;
    readonly token: SessionToken;
    readonly backoff: BackoffOptions;
    readonly timeoutMs: number;
    readonly maxQueued: number;
    readonly emitter: Emitter<ClientEvents>;
}
/** What happens on the socket, turned into events and promises. */
export declare class Session {
    #private;
    constructor(options: SessionOptions);
    get state(): 'closed' | 'connecting' | 'open';
    /** Null before `open` and after `close`. */
    get userId(): string | null;
    open(userId: string): Promise<User>;
    /** Harmless when closed. */
    close(): void;
    /** What a reply to the request says; rejects at once without a connection. */
    request<T>(type: string, fields: object): Promise<T>;
    post(channelId: string, content: string, meta: Meta | undefined): {
        pending: PendingMessage;
        sent: Promise<Message>;
    };
}
