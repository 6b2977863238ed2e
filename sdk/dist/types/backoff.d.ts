export interface BackoffOptions {
    /** The first window. Default 500. */
    readonly min_delay_ms?: number;
    /** The largest window. Default 10,000. */
    readonly max_delay_ms?: number;
    /** Attempts before it gives up. Default 10. */
    readonly tries?: number;
}
/** Exponential backoff with full jitter: any moment of a window that doubles, so that those who were cut off together don't come back together. */
export declare class Backoff {
    #private;
    constructor({ min_delay_ms, max_delay_ms, tries }: BackoffOptions, random: () => number);
    /** How often `next` gave a delay since the last reset. */
    get tried(): number;
    /** Milliseconds until the next attempt; null when there is none. */
    next(): number | null;
    reset(): void;
}
