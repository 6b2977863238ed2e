import type { FastifySchema, RouteOptions } from 'fastify'
import type { MountDocs, RouteDocs } from '../route-docs.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** For the OpenAPI document. */
    summary?: string
    /** For the OpenAPI document. */
    description?: string
  }
}

/** A route, and what is known of it. */
export interface ServedRoute {
  readonly method: string
  /** `/api/room/:id` */
  readonly url: string
  readonly schema: FastifySchema
  readonly docs: MountDocs
  readonly about: RouteDocs
}

const undocumented: MountDocs = { tag: 'other', description: '' }

/**
 * Keeps the routes as they are added; the same address of two protocols is there twice. Not HEAD, which is GET without the body, nor OPTIONS, which browsers ask by themselves.
 */
export class ServedRoutes {
  readonly #routes = new Map<string, ServedRoute>()

  add(docs: MountDocs | undefined, { method, url, schema }: RouteOptions): void {
    const methods = typeof method === 'string' ? [method] : method
    for (const one of methods) if (one !== 'HEAD' && one !== 'OPTIONS') this.#add(docs, one, url, schema)
  }

  get all(): ServedRoute[] {
    return [...this.#routes.values()]
  }

  /** Some are served with and without a slash at the end: the form that is documented stands for both, else the first. */
  #add(docs = undocumented, method: string, url: string, schema: FastifySchema = {}): void {
    const key = `${docs.tag} ${method} ${url.replace(/(?<=.)\/$/, '')}`
    const about = docs.routes?.[`${method} ${url}`]
    if (about || !this.#routes.has(key)) this.#routes.set(key, { method, url, schema, docs, about: about ?? {} })
  }
}
