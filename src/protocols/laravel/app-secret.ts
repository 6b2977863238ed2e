import { createHash, timingSafeEqual } from 'node:crypto'
import type { LaravelApp } from './settings.ts'

/** An unknown app (null) and a wrong secret cost the same. */
export function isSecretOf(app: LaravelApp | null, given: string): boolean {
  const isRight = timingSafeEqual(digest(given), digest(app?.settings.secret ?? ''))
  return app !== null && isRight && given !== ''
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
