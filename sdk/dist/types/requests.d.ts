import type { Environment } from './environment.ts';
import type { ReplyFrame } from './frames.ts';
/** Requests on the socket that wait for their one reply. Those of a connection that is lost are rejected: only sends are tried again. */
export declare class Requests {
    #private;
    constructor(environment: Environment, timeoutMs: number);
    add<T>(ref: number, onTimeout: () => void): Promise<T>;
    /** A second reply to a request is nobody's. */
    answered({ ref, ok, data, error }: ReplyFrame): void;
    interrupted(): void;
}
