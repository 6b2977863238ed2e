/** `[seq, epoch]`: the last event of a channel that was heard, and when the channel was made, which tells it from another of the same name. */
export type Position = readonly [seq: number, epoch: number];
/** How far each channel was heard, so that it can be resumed there. */
export declare class Positions {
    #private;
    of(channelId: string): Position | undefined;
    /** Of all channels. Those heard last win, where there are too many. */
    all(): Record<string, Position>;
    some(channelIds: readonly string[]): Record<string, Position>;
    set(channelId: string, position: Position): void;
    forget(channelId: string): void;
    clear(): void;
    /** `new`: it is the next one, and heard from now on. `old`: it was heard before. `hole`: something before it was not. */
    hear(channelId: string, seq: number, epoch: number | undefined): 'new' | 'old' | 'hole';
}
