import { hash } from 'node:crypto'

/** By which nodes name to each other what all of them have seen. */
export function digest(...texts: readonly (string | Uint8Array)[]): string {
  const [first = '', ...more] = texts.map((text) => hash('sha256', text, 'base64url'))
  return more.length === 0 ? first : hash('sha256', [first, ...more].join(), 'base64url')
}
