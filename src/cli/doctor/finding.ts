/** What one look found. Advice says what to do. */
export interface Finding {
  readonly mark: '✓' | '!' | '✗'
  readonly what: string
  readonly advice: string | null
}

export function good(what: string): Finding {
  return { mark: '✓', what, advice: null }
}

/** It works, and may surprise. */
export function doubt(what: string, advice: string): Finding {
  return { mark: '!', what, advice }
}

/** It doesn't work. */
export function bad(what: string, advice: string): Finding {
  return { mark: '✗', what, advice }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
