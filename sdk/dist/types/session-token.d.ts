/** The token as it was given, or a function that fetches one from the application's own server. */
export type TokenSource = string | (() => string | Promise<string>);
/** A token is fetched when there is none, and again when the one there was has expired. */
export declare class SessionToken {
    #private;
    readonly renews: boolean;
    constructor(source: TokenSource);
    get(): Promise<string>;
    /** The next one to ask gets a new one, where there may be one. */
    expired(): void;
}
