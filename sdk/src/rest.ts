import type { Environment } from './environment.ts'
import { errorCodes, GitpleLiveError, toError } from './errors.ts'
import type { WireError } from './frames.ts'
import type { SessionToken } from './session-token.ts'

export interface Asked {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

export interface RestOptions {
  readonly environment: Environment
  /** Of the server, without a slash at the end. */
  readonly url: string
  readonly token: SessionToken
  readonly timeoutMs: number
}

/** How far an upload is, in bytes of the request's body. */
export interface Progress {
  readonly loaded: number
  readonly total: number
}

/** The client's part of the REST: everything that is asked and answered, as opposed to told. */
export class Rest {
  readonly #options: RestOptions

  constructor(options: RestOptions) {
    this.#options = options
  }

  /** The answer's body; undefined for an empty one. */
  async ask<T>(method: string, path: string, { query = {}, body, headers = {} }: Asked = {}): Promise<T> {
    const { environment, timeoutMs } = this.#options
    const search = searchOf(query)
    const type = body && { 'Content-Type': 'application/json' }
    const abort = new AbortController()
    const timer = environment.setTimeout(() => abort.abort(), timeoutMs)
    try {
      const response = await environment.fetch(this.#address(path) + search, {
        method,
        headers: { ...(await this.#credentials()), ...type, ...headers },
        ...(body && { body: JSON.stringify(body) }),
        signal: abort.signal,
      })
      return read<T>(response.status, await response.text())
    } catch (error) {
      if (abort.signal.aborted) throw new GitpleLiveError(errorCodes.connect, 'no answer in time')
      throw toError(error, errorCodes.connect)
    } finally {
      environment.clearTimeout(timer)
    }
  }

  /** Browsers tell of the progress, Node only of the end. There is no limit on the time: files are large and networks slow. */
  async upload<T>(
    path: string,
    form: () => FormData,
    headers: Readonly<Record<string, string>>,
    onProgress: (progress: Progress) => void,
  ): Promise<T> {
    const { environment } = this.#options
    const all = { ...(await this.#credentials()), ...headers }
    const Request = environment.XMLHttpRequest
    if (!Request) {
      const answer = environment.fetch(this.#address(path), { method: 'POST', headers: all, body: form() })
      const response = await answer.catch((error: unknown) => Promise.reject(toError(error, errorCodes.connect)))
      return read<T>(response.status, await response.text())
    }
    return new Promise<T>((resolve, reject) => {
      const request = new Request()
      request.open('POST', this.#address(path))
      for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value)
      request.upload.onprogress = ({ loaded, total }) => onProgress({ loaded, total })
      request.onload = () => {
        try {
          resolve(read<T>(request.status, request.responseText))
        } catch (error) {
          reject(toError(error))
        }
      }
      request.onerror = () => reject(new GitpleLiveError(errorCodes.connect, 'the upload was cut off'))
      request.send(form())
    })
  }

  #address(path: string): string {
    return `${this.#options.url}/v1/client${path}`
  }

  async #credentials(): Promise<Record<string, string>> {
    return { Authorization: `Bearer ${await this.#options.token.get()}` }
  }
}

function searchOf(query: NonNullable<Asked['query']>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size > 0 ? `?${search}` : ''
}

function read<T>(status: number, text: string): T {
  const body = parsed(text)
  if (status >= 200 && status < 300) return body as T
  const { code, name, message } = (body ?? {}) as Partial<WireError>
  throw new GitpleLiveError(code ?? errorCodes.server, message ?? `the server answered ${status}`, name)
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
