import { Type } from 'typebox'

/** Parameters that many routes have. The validator takes integers in digits too. */

export const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const idParams = Type.Object({ id })

/** A customer's number at the gas company: digits, which are also fine as a JSON number. */
export const customerNumber = Type.String({ pattern: '^[1-9]\\d{0,14}$' })

export const companyId = Type.String({ minLength: 1, maxLength: 80 })

export const text = (maxLength: number) => Type.String({ maxLength })
export const nonEmpty = (maxLength: number) => Type.String({ minLength: 1, maxLength })

/** The desk's page writes `Y` and `N`. */
export const yesNo = Type.Enum(['Y', 'N', '1', '0', 'true', 'false'])

export function isYes(value: string): boolean {
  return value === 'Y' || value === '1' || value === 'true'
}

const searched = 100

/** `page` from 1. */
export function pageFields(maxPageSize: number) {
  return {
    page: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 }),
    pageSize: Type.Integer({ minimum: 1, maximum: maxPageSize, default: maxPageSize }),
  }
}

export function searchFields<Types extends string[]>(searchTypes: readonly [...Types]) {
  return { searchType: Type.Optional(Type.Enum(searchTypes)), searchValue: Type.Optional(text(searched)) }
}

export function toRange({ page, pageSize }: { page: number; pageSize: number }): { limit: number; offset: number } {
  return { limit: pageSize, offset: (page - 1) * pageSize }
}
