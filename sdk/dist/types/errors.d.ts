/** The SDK's own codes. What the server refuses has the server's: 1001 to 9999. */
export declare const errorCodes: {
    readonly parameters: 60101;
    readonly badToken: 60102;
    readonly expiredToken: 60103;
    readonly server: 60901;
    readonly connect: 60902;
    readonly notConnected: 60904;
};
/** Too many requests: the one refusal of the server's after which trying again makes sense. */
export declare const tooManyRequests = 9001;
/**
 * Everything that the SDK rejects with, and what the event `error` carries.
 *
 * @example
 * ```ts
 * try {
 *   await client.getChannel({ channel_id: 'no_such_channel' })
 * } catch (error) {
 *   if (error instanceof GitpleLiveError) console.log(error.code, error.name, error.message)
 * }
 * ```
 */
export declare class GitpleLiveError extends Error {
    /** 60101 parameters, 60102 bad token, 60103 expired token, 60901 server, 60902 connect, 60904 not connected; else the server's. */
    readonly code: number;
    constructor(code: number, message: string, name?: string);
}
/** What was thrown, as an error of the SDK's. */
export declare function toError(thrown: unknown, code?: number): GitpleLiveError;
