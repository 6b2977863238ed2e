import type { FastifyRequest } from 'fastify'
import { Refusal } from './refusal.ts'

/** Django's form of a page. The addresses are absolute; null where there is no further page. */
export interface Page {
  readonly count: number
  readonly next: string | null
  readonly previous: string | null
  readonly results: readonly object[]
}

const pageSize = 20
const maxLimit = 100
const maxNumber = 1_000_000

/** `?page=`, from 1. A page that can't be is not found. */
export function askedPage(request: FastifyRequest): { number: number; limit: number; offset: number } {
  const number = whole(parameter(request, 'page'), 1, 1)
  if (number === null) throw noSuchPage()
  return { number, limit: pageSize, offset: (number - 1) * pageSize }
}

export function numberedPage(address: string, number: number, count: number, results: readonly object[]): Page {
  const last = Math.max(1, Math.ceil(count / pageSize))
  if (number > last) throw noSuchPage()
  const link = (page: number) => `${address}?page=${page}`
  return {
    count,
    next: number < last ? link(number + 1) : null,
    previous: number > 1 ? link(number - 1) : null,
    results,
  }
}

/** `?limit=&offset=`. What is no number counts as not said. */
export function askedRange(request: FastifyRequest): { limit: number; offset: number } {
  const limit = whole(parameter(request, 'limit'), pageSize, 1) ?? pageSize
  return { limit: Math.min(limit, maxLimit), offset: whole(parameter(request, 'offset'), 0, 0) ?? 0 }
}

export function rangedPage(
  address: string,
  { limit, offset }: { limit: number; offset: number },
  count: number,
  results: readonly object[],
): Page {
  const link = (from: number) => `${address}?limit=${limit}${from > 0 ? `&offset=${from}` : ''}`
  const next = offset + limit < count ? link(offset + limit) : null
  return { count, next, previous: offset > 0 ? link(Math.max(0, offset - limit)) : null, results }
}

function parameter({ query }: FastifyRequest, name: string): string | undefined {
  const value = new Map(Object.entries(query as object)).get(name) as unknown
  return typeof value === 'string' ? value : undefined
}

/** Null for what is no number from `min` on. */
function whole(text: string | undefined, fallback: number, min: number): number | null {
  if (text === undefined || text === '') return fallback
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
  return value >= min && value <= maxNumber ? value : null
}

function noSuchPage(): Refusal {
  return new Refusal(404, 'Invalid page.')
}
