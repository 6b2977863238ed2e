import { isDeepStrictEqual } from 'node:util'
import type { Schema } from '../route-docs.ts'

/** Gathers schemas that have a `title`, so that each stands in a document once. */
export class SchemaPool {
  /** By `tag.Title`, as a document's `components.schemas` wants them. */
  readonly schemas: Record<string, object> = {}
  readonly #sources = new Map<string, Schema>()

  /** The schema as plain data, in which titled ones are references. */
  plain(tag: string, schema: Schema): object {
    const title = 'title' in schema ? schema.title : undefined
    if (typeof title !== 'string') return this.#copy(tag, schema)
    const name = `${tag}.${title.replace(/[^\w-]/g, '')}`
    const known = this.#sources.get(name)
    // Two different things of one name: the second is written out where it is used.
    if (known && known !== schema && !isDeepStrictEqual(known, schema)) return this.#copy(tag, schema)
    if (!known) {
      this.#sources.set(name, schema)
      this.schemas[name] = {}
      this.schemas[name] = this.#copy(tag, schema)
    }
    return { $ref: `#/components/schemas/${name}` }
  }

  #copy(tag: string, schema: Schema): object {
    return Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, this.#part(tag, key, part)]))
  }

  /** Below these keys stand schemas; everything else is data. */
  #part(tag: string, key: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    switch (key) {
      case 'items':
        return Array.isArray(value) ? value.map((one: Schema) => this.plain(tag, one)) : this.plain(tag, value)
      case 'additionalProperties':
      case 'not':
        return this.plain(tag, value)
      case 'anyOf':
      case 'oneOf':
      case 'allOf':
      case 'prefixItems':
        return (value as Schema[]).map((one) => this.plain(tag, one))
      case 'properties':
      case 'patternProperties':
        return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.plain(tag, one as Schema)]))
      default:
        return value
    }
  }
}
