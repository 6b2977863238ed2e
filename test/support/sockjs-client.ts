/** What the official client offers; it has no types of its own. */
export interface SockJsClient {
  readonly transport: string
  onopen: () => void
  onmessage: (event: { data: string }) => void
  onclose: (event: { code: number; reason: string }) => void
  send(text: string): void
  close(): void
}

export type SockJsConstructor = new (url: string, protocols: null, options: { transports: string[] }) => SockJsClient
