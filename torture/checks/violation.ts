/** A promise that was not kept. */
export interface Violation {
  /** Which promise: `lost`, `twice`, `order`, `gap`, `marks`, `tenants`, `healing`. */
  readonly rule: string
  /** Who saw what. */
  readonly words: string
}
