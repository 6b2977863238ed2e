/** Typed events. A handler that throws is reported on the console and keeps nobody else from hearing. */
export declare class Emitter<Events extends {
    [Name in keyof Events]: readonly unknown[];
}> {
    #private;
    /** A handler that is added twice is called twice. */
    on<Name extends keyof Events>(name: Name, handler: (...args: Events[Name]) => void): void;
    /** Without a handler: all of that name. Without a name: all. */
    off<Name extends keyof Events>(name?: Name, handler?: (...args: Events[Name]) => void): void;
    once<Name extends keyof Events>(name: Name, handler: (...args: Events[Name]) => void): void;
    emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void;
}
