import type { ErrorCode } from '../core/errors.ts'

/** The HTTP status of a refusal, for protocols whose clients were not promised others. */
export const httpStatuses: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  rate_limited: 429,
  frozen: 403,
  banned: 403,
  unavailable: 503,
  internal: 500,
}
