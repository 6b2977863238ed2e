import type { Environment } from './environment.ts';
import { type ServerFrame } from './frames.ts';
/** How a link ended, as far as this end knows. */
export interface LinkEnd {
    /** The WebSocket's close code; 1006 for none. */
    readonly code: number;
    readonly reason: string;
}
export interface LinkOptions {
    readonly environment: Environment;
    readonly url: string;
    /** The first frame. */
    readonly hello: object;
    /** For the dial up to the answer to `hello`, and for the answer to a ping. */
    readonly timeoutMs: number;
    readonly onFrame: (frame: ServerFrame) => void;
    /** Called once, unless `end` was called. */
    readonly onEnd: (end: LinkEnd) => void;
}
/**
 * One WebSocket, from the dial to its end. When nothing was heard for the heart-beat's time it asks with a ping, and when that
 * stays unanswered the link counts as lost: a network that swallows everything says nothing.
 */
export declare class Link {
    #private;
    /** Throws what the WebSocket's constructor throws. */
    constructor(options: LinkOptions);
    send(frame: object): void;
    /** The handshake is done: from now on silence is asked about. */
    keepAlive(heartbeatMs: number): void;
    /** Asks at once whether the other end is there. */
    probe(): void;
    /** Silent: `onEnd` is not called. */
    end(): void;
}
