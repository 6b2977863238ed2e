import type { Environment } from './environment.ts';
import { GitpleLiveError } from './errors.ts';
import type { EventFrame, ReplyFrame } from './frames.ts';
import type { Message, PendingMessage } from './types.ts';
export interface SendsOptions {
    readonly environment: Environment;
    /** What may wait and be under way together. */
    readonly max: number;
    /** Sends a request and returns its ref; null when there is no connection. */
    readonly ask: (type: string, fields: object) => number | null;
    readonly tell: (frame: EventFrame, clientId: string | undefined) => void;
    readonly settled: (pending: PendingMessage, outcome: Message | GitpleLiveError) => void;
}
/**
 * The messages that were not acknowledged yet, in the order in which they were sent. In each channel one is under way at a
 * time, so that none overtakes another whatever the server or the network refuses. What was cut off is sent again under the
 * same client id, which the server knows.
 *
 * While a message of this client may be among what a channel tells, the channel's events are held back until it is known
 * which one it is: an application that shows a message before it is sent needs its client id.
 */
export declare class Sends {
    #private;
    constructor(options: SendsOptions);
    get size(): number;
    add(pending: PendingMessage): Promise<Message>;
    /** Sends what waits, the first of each channel. */
    flush(): void;
    /** The connection was lost: what was under way waits again. */
    interrupted(): void;
    /** True when the reply was to one of these. */
    answered({ ref, ok, data, error }: ReplyFrame): boolean;
    /** Tells the event, now or when it is known whether it is about a message of this client. */
    happened(frame: EventFrame): void;
    /** Does it once all that the channel told before is told. */
    afterHeld(channelId: string, act: () => void): void;
    /** No more attempts. */
    abandon(error: GitpleLiveError): void;
}
