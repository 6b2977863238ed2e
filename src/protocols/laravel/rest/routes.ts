import type { FastifyInstance } from 'fastify'
import type { LaravelShared } from '../laravel-shared.ts'
import { historyRoutes } from './history.ts'
import { publishRoutes } from './publish.ts'

/** The REST beside the JWT socket: what a channel kept, and what the application says without a Redis. */
export function laravelRoutes(shared: LaravelShared): (scope: FastifyInstance) => void {
  return (scope) => {
    historyRoutes(scope, shared)
    publishRoutes(scope, shared)
  }
}
