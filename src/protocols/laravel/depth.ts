/** As deep as PHP reads and writes JSON. */
export const maxDepth = 512

/**
 * Whether JSON text is nested at most so deep: what walks a value by recursion (a stringifier, a client's parser) must
 * not run out of stack. Looks at brackets outside strings; whether it is JSON at all is the parser's to say.
 */
export function isShallow(text: string, maxDepth: number): boolean {
  // Each level takes two characters at least.
  if (text.length <= 2 * maxDepth) return true
  let depth = 0
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (quoted) {
      if (code === backslash) index++
      else if (code === quote) quoted = false
    } else if (code === quote) quoted = true
    else if (code === openBracket || code === openBrace) {
      if (++depth > maxDepth) return false
    } else if (code === closeBracket || code === closeBrace) depth--
  }
  return true
}

/** The same of a value that was parsed elsewhere. */
export function isShallowValue(value: unknown, maxDepth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return maxDepth > 0 && Object.values(value).every((inner) => isShallowValue(inner, maxDepth - 1))
}

const quote = 0x22
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
