/** The package: `import { Client } from …`, or the global `GitpleLive` of the browser file. */
export { Client } from './client.ts';
export type { ClientOptions, FileUpload, MessageQuery, Sending } from './client.ts';
export type { BackoffOptions } from './backoff.ts';
export type { ChannelListQuery, ChannelQuery, NewChannel, PageQuery } from './channel-calls.ts';
export type { ClientEvents } from './client-events.ts';
export type { Environment, Socket, UploadRequest } from './environment.ts';
export { GitpleLiveError } from './errors.ts';
export type { Progress } from './rest.ts';
export type { TokenSource } from './session-token.ts';
export type { Ban, Channel, Gap, Message, MessageFile, Meta, PendingMessage, Report, User } from './types.ts';
export { version } from './version.ts';
