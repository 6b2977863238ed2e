/** The same document, with every object that names its properties closed to others. */
export function strict<T>(document: T): T {
  if (Array.isArray(document)) return document.map(strict) as T
  if (typeof document !== 'object' || document === null) return document
  const copy = Object.fromEntries(Object.entries(document).map(([key, value]) => [key, strict(value as unknown)]))
  const isOpen = copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy)
  return (isOpen ? { ...copy, additionalProperties: false } : copy) as T
}
