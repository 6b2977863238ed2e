/** What the SDK needs of the world. Tests bring their own; everyone else has the platform's. */
export interface Environment {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** From 0 up to 1. */
  readonly random: () => number
  readonly setTimeout: (callback: () => void, delayMs: number) => unknown
  readonly clearTimeout: (timer: unknown) => void
  readonly dial: (url: string) => Socket
  readonly fetch: typeof globalThis.fetch
  /** Where uploads tell of their progress: browsers. */
  readonly XMLHttpRequest: (new () => UploadRequest) | undefined
  /** Says when the machine is online again, and when the page is looked at again. Returns how to stop. */
  readonly onReturn: (listener: (how: 'online' | 'visible') => void) => () => void
}

/** The part of a WebSocket that is used. */
export interface Socket {
  onopen: ((event: never) => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}

/** The part of an XMLHttpRequest that is used. */
export interface UploadRequest {
  readonly status: number
  readonly responseText: string
  timeout: number
  readonly upload: { onprogress: ((event: { readonly loaded: number; readonly total: number }) => void) | null }
  onload: (() => void) | null
  onerror: (() => void) | null
  ontimeout: (() => void) | null
  open(method: string, url: string): void
  setRequestHeader(name: string, value: string): void
  send(body: FormData): void
}

interface Target {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

interface Browser {
  readonly addEventListener?: Target['addEventListener']
  readonly removeEventListener?: Target['removeEventListener']
  readonly document?: Target & { readonly visibilityState: string }
  readonly XMLHttpRequest?: new () => UploadRequest
}

/** The platform's own. Looked up when used, so that a page may replace what it has. */
export const platform: Environment = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as number),
  dial: (url) => new WebSocket(url) as unknown as Socket,
  fetch: (...request) => fetch(...request),
  get XMLHttpRequest() {
    return (globalThis as Browser).XMLHttpRequest
  },
  onReturn: (listener) => {
    const { addEventListener, removeEventListener, document } = globalThis as Browser
    const online = (): void => listener('online')
    const looked = (): void => {
      if (document?.visibilityState === 'visible') listener('visible')
    }
    addEventListener?.call(globalThis as never, 'online', online)
    document?.addEventListener('visibilitychange', looked)
    return () => {
      removeEventListener?.call(globalThis as never, 'online', online)
      document?.removeEventListener('visibilitychange', looked)
    }
  },
}

/** 128 bits. Not `randomUUID`, which pages without TLS don't have. */
export function newClientId(): string {
  let id = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += byte.toString(16).padStart(2, '0')
  return id
}
