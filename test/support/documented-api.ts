import assert from 'node:assert/strict'
import { Errors } from 'typebox/schema'
import { strict } from './strict-schema.ts'
import type { DemoServer } from './demo-server.ts'

interface Answer {
  readonly $ref?: string
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

interface Operation {
  readonly tags: readonly string[]
  readonly responses: Readonly<Record<string, Answer>>
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly responses: Readonly<Record<string, Answer>> }
}

interface Asked {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: FormData
}

/** Calls routes, and holds every answer against what the server's own document says of it: nothing less, and nothing more. */
export class DocumentedApi {
  readonly #url: string
  readonly #document: OpenApi
  readonly #untried: Set<string>

  private constructor(url: string, document: OpenApi) {
    this.#url = url
    this.#document = strict(document)
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    this.#untried = new Set(routes)
  }

  static async of(server: DemoServer): Promise<DocumentedApi> {
    return new DocumentedApi(server.url, await server.json('/openapi.json'))
  }

  /** Routes of a tag that were not called. */
  untried(tag: string): string[] {
    return [...this.#untried].filter((route) => this.#operation(route).tags.includes(tag))
  }

  /** `GET /api/room/{id}`. Answers what came back, which has that status. */
  async call<T>(route: string, status: number, { params = {}, query, headers, json, form }: Asked = {}): Promise<T> {
    const [method = '', path = ''] = route.split(' ')
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])))
    const search = query ? `?${new URLSearchParams(query).toString()}` : ''
    const response = await fetch(this.#url + filled + search, {
      method,
      redirect: 'manual',
      headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: json === undefined ? (form ?? null) : JSON.stringify(json),
    })
    const text = await response.text()
    assert.equal(response.status, status, `${route}: ${text}`)
    this.#untried.delete(route)
    return this.#checked(route, response, text) as T
  }

  #checked(route: string, { status, headers }: Response, text: string): unknown {
    const answer = this.#operation(route).responses[status]
    assert.ok(answer, `${route}: ${status} is not documented`)
    const { content } = answer.$ref ? this.#refusal(answer.$ref) : answer
    if (!content) return assert.equal(text, '', `${route} ${status} has a body`)
    const type = (headers.get('content-type') ?? '').split(';')[0] ?? ''
    const schema = content[type]?.schema
    assert.ok(schema, `${route} ${status}: ${type} is not documented`)
    const value: unknown = type === 'application/json' ? JSON.parse(text) : text
    const [fits, errors] = Errors({ ...schema, components: this.#document.components }, value)
    assert.ok(fits, `${route} ${status}: ${JSON.stringify(errors.slice(0, 3))}\n${text}`)
    return value
  }

  #operation(route: string): Operation {
    const [method = '', path = ''] = route.split(' ')
    const operation = this.#document.paths[path]?.[method.toLowerCase()]
    assert.ok(operation, `${route} is not documented`)
    return operation
  }

  #refusal(ref: string): Answer {
    return this.#document.components.responses[ref.split('/').at(-1) ?? ''] ?? {}
  }
}
