import type { Environment } from './environment.ts';
import type { SessionToken } from './session-token.ts';
export interface Asked {
    readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
    readonly body?: object;
    readonly headers?: Readonly<Record<string, string>>;
}
export interface RestOptions {
    readonly environment: Environment;
    /** Of the server, without a slash at the end. */
    readonly url: string;
    readonly token: SessionToken;
    readonly timeoutMs: number;
}
/** How far an upload is, in bytes of the request's body. */
export interface Progress {
    readonly loaded: number;
    readonly total: number;
}
/** The client's part of the REST: everything that is asked and answered, as opposed to told. */
export declare class Rest {
    #private;
    constructor(options: RestOptions);
    /** The answer's body; undefined for an empty one. */
    ask<T>(method: string, path: string, { query, body, headers }?: Asked): Promise<T>;
    /** Browsers tell of the progress, Node only of the end. There is no limit on the time: files are large and networks slow. */
    upload<T>(path: string, form: () => FormData, headers: Readonly<Record<string, string>>, onProgress: (progress: Progress) => void): Promise<T>;
}
