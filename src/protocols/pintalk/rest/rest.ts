import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods, onRequestAsyncHookHandler } from 'fastify'
import type { PintalkShared } from '../pintalk-shared.ts'
import type { Door } from './door.ts'

/** What all routes share. */
export interface Rest {
  readonly shared: PintalkShared
  readonly door: Door
}

/** Both ends of a request. */
export interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Route {
  readonly method: HTTPMethods
  /** Without a slash at the end; both forms are served. */
  readonly path: string
  readonly who: onRequestAsyncHookHandler
  readonly answer: (exchange: Exchange) => unknown
}

/** Adds a route under its address with and without the last slash: the clients use both. */
export function addRoute(scope: FastifyInstance, { method, path, who, answer }: Route): void {
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => answer({ request, reply })
  for (const url of [path, `${path}/`]) scope.route({ method, url, onRequest: who, handler })
}
