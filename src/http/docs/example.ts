import type { Schema } from '../route-docs.ts'

/** An example of a schema: its own, else one made of those of its parts. Optional properties stand in it when they have one. */
export function exampleOf(schema: Schema): unknown {
  const facts = schema as Readonly<Record<string, unknown>>
  if (hasExample(facts)) return (facts['examples'] as unknown[])[0]
  if ('const' in facts) return facts['const']
  if (Array.isArray(facts['enum'])) return facts['enum'][0]
  if ('default' in facts) return facts['default']
  const [first] = (facts['anyOf'] ?? facts['oneOf'] ?? []) as Schema[]
  if (first) return exampleOf(first)
  switch (facts['type']) {
    case 'object':
      return ofObject(facts)
    case 'array':
      return [facts['items'] ?? []].flat().map((item) => exampleOf(item as Schema))
    case 'integer':
    case 'number':
      return facts['minimum'] ?? 1
    case 'boolean':
      return true
    case 'string':
      return 'text'
    default:
      return null
  }
}

function ofObject(facts: Readonly<Record<string, unknown>>): object {
  const required = (facts['required'] ?? []) as string[]
  const properties = Object.entries((facts['properties'] ?? {}) as Record<string, Schema>)
  const shown = properties.filter(([name, property]) => required.includes(name) || hasExample(property))
  return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property)]))
}

function hasExample(schema: Schema): boolean {
  return 'examples' in schema && Array.isArray(schema.examples) && schema.examples.length > 0
}
