/** What the SDK needs of the world. Tests bring their own; everyone else has the platform's. */
export interface Environment {
    /** Milliseconds since 1970. */
    readonly now: () => number;
    /** From 0 up to 1. */
    readonly random: () => number;
    readonly setTimeout: (callback: () => void, delayMs: number) => unknown;
    readonly clearTimeout: (timer: unknown) => void;
    readonly dial: (url: string) => Socket;
    readonly fetch: typeof globalThis.fetch;
    /** Where uploads tell of their progress: browsers. */
    readonly XMLHttpRequest: (new () => UploadRequest) | undefined;
    /** Says when the machine is online again, and when the page is looked at again. Returns how to stop. */
    readonly onReturn: (listener: (how: 'online' | 'visible') => void) => () => void;
}
/** The part of a WebSocket that is used. */
export interface Socket {
    onopen: ((event: never) => void) | null;
    onmessage: ((event: {
        readonly data: unknown;
    }) => void) | null;
    onclose: ((event: {
        readonly code: number;
        readonly reason: string;
    }) => void) | null;
    onerror: ((event: never) => void) | null;
    send(data: string): void;
    close(code?: number, reason?: string): void;
}
/** The part of an XMLHttpRequest that is used. */
export interface UploadRequest {
    readonly status: number;
    readonly responseText: string;
    timeout: number;
    readonly upload: {
        onprogress: ((event: {
            readonly loaded: number;
            readonly total: number;
        }) => void) | null;
    };
    onload: (() => void) | null;
    onerror: (() => void) | null;
    ontimeout: (() => void) | null;
    open(method: string, url: string): void;
    setRequestHeader(name: string, value: string): void;
    send(body: FormData): void;
}
/** The platform's own. Looked up when used, so that a page may replace what it has. */
export declare const platform: Environment;
/** 128 bits. Not `randomUUID`, which pages without TLS don't have. */
export declare function newClientId(): string;
