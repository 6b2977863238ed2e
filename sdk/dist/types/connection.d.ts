import { type BackoffOptions } from './backoff.ts';
import type { Environment } from './environment.ts';
import { GitpleLiveError } from './errors.ts';
import { type EventFrame, type GapFrame, type ReplyFrame } from './frames.ts';
import type { User } from './types.ts';
/** What a connection tells its owner. None of these is called after `close`. */
export interface ConnectionListener {
    /** Everything that was missed has been told. */
    opened(user: User, isReturn: boolean): void;
    /** It was open. */
    lost(reason: string, willReturn: boolean): void;
    /** An attempt to return begins. */
    trying(attempt: number): void;
    /** An attempt failed. */
    failed(error: GitpleLiveError): void;
    /** The token is good no longer. */
    expired(): void;
    /** No more attempts. `isRefused`: the server doesn't want this client to come back. */
    gaveUp(error: GitpleLiveError, isRefused: boolean): void;
    happened(frame: EventFrame): void;
    missed(frame: GapFrame, from: number | null): void;
    answered(frame: ReplyFrame): void;
}
export interface ConnectionOptions {
    readonly environment: Environment;
    readonly url: string;
    readonly appId: string;
    readonly token: () => string | Promise<string>;
    /** Whether `token` may give another one when one has expired. */
    readonly renews: boolean;
    readonly backoff: BackoffOptions;
    readonly timeoutMs: number;
    readonly listener: ConnectionListener;
}
/** A link that comes back: it dials again when it was lost, says how far it has heard, and hears what it missed. */
export declare class Connection {
    #private;
    constructor(options: ConnectionOptions);
    get state(): 'closed' | 'connecting' | 'open';
    open(userId: string): void;
    close(): void;
    /** False when it isn't open. */
    send(frame: object): boolean;
    /** The other end seems gone: gives the link up and comes back. */
    drop(reason: string): void;
}
