import { STATUS_CODES } from 'node:http'
import { exampleOf } from './example.ts'
import type { MountDocs, RouteDocs, Schema, Security } from '../route-docs.ts'
import { SchemaPool } from './schema-pool.ts'
import type { ServedRoute } from './served-routes.ts'

export interface Served {
  readonly title: string
  readonly version: string
  readonly description: string
  /** Where it is reached; `/` for wherever the document comes from. */
  readonly url: string
}

type Plain = (schema: Schema) => object

/** The OpenAPI 3.1 document of the routes. */
export function openApi(routes: readonly ServedRoute[], { url, ...info }: Served): object {
  const pool = new SchemaPool()
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = (paths[pathOf(route.url)] ??= {})
    path[route.method.toLowerCase()] = operation(pool, route)
  }
  const documented = [...new Set(routes.map(({ docs }) => docs))].toSorted((a, b) => a.tag.localeCompare(b.tag))
  return {
    openapi: '3.1.0',
    info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url }],
    tags: documented.map(({ tag, description }) => ({ name: tag, description })),
    paths,
    components: {
      securitySchemes: prefixed(documented, ({ securitySchemes = {} }) => Object.entries(securitySchemes)),
      responses: prefixed(documented, (docs) => refusals(pool, docs)),
      schemas: pool.schemas,
    },
  }
}

function operation(pool: SchemaPool, { method, url, schema, docs, about }: ServedRoute): object {
  const plain: Plain = (part) => pool.plain(docs.tag, part)
  const security = about.security ?? docs.security ?? []
  const description = about.description ?? schema.description
  const query = about.query ?? schema.querystring
  const headers = about.headers ?? schema.headers
  const body = about.body ?? (schema.body as Schema | undefined)
  const hasBody = body !== undefined || about.form !== undefined
  const parameters = [
    ...parametersOf(plain, 'path', withNames(url, about.params ?? schema.params)),
    ...parametersOf(plain, 'query', query),
    ...parametersOf(plain, 'header', headers),
  ]
  const statuses = errorStatuses(docs, about, {
    isSecured: security.length > 0,
    hasInput: hasBody || parameters.length > 0,
    hasBody,
  })
  return {
    operationId: `${docs.tag}_${method.toLowerCase()}${url.replace(/\W+/g, '_').replace(/_$/, '')}`,
    tags: [docs.tag],
    summary: about.summary ?? schema.summary ?? '',
    ...(description === undefined ? {} : { description }),
    security: security.map((needed) => prefixKeys(docs.tag, needed)),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hasBody ? { requestBody: requestBody(plain, about, body) } : {}),
    responses: {
      ...answersOf(plain, about.answers ?? (schema.response as RouteDocs['answers']) ?? { 200: {} }),
      ...Object.fromEntries(
        statuses.map((status) => [status, { $ref: `#/components/responses/${docs.tag}.${status}` }]),
      ),
    },
  }
}

function requestBody(plain: Plain, { example, form }: RouteDocs, body: Schema | undefined): object {
  const { required = [] } = (body ?? {}) as { required?: unknown[] }
  const isRequired = !form && required.length > 0
  return {
    required: isRequired,
    content: {
      ...(body && { [mediaTypeOf(body)]: { schema: plain(body), example: example ?? exampleOf(body) } }),
      ...(form && { 'multipart/form-data': { schema: plain(form) } }),
    },
  }
}

function answersOf(plain: Plain, answers: NonNullable<RouteDocs['answers']>): object {
  const described = Object.entries(answers).map(([status, schema]) => {
    const { description, type } = (schema ?? {}) as { description?: unknown; type?: unknown }
    const isNothing = schema === null || type === 'null'
    return [
      status,
      {
        description: typeof description === 'string' ? description : (STATUS_CODES[status] ?? 'Done'),
        ...(isNothing
          ? {}
          : { content: { [mediaTypeOf(schema)]: { schema: plain(schema), example: exampleOf(schema) } } }),
      },
    ]
  })
  return Object.fromEntries(described) as object
}

/** Those that follow from what a route takes, those that every route has, and its own. */
function errorStatuses(
  { errors }: MountDocs,
  about: RouteDocs,
  { isSecured, hasInput, hasBody }: { isSecured: boolean; hasInput: boolean; hasBody: boolean },
): number[] {
  const wanted = new Set([
    ...(hasInput ? [400] : []),
    ...(isSecured ? [401] : []),
    ...(hasBody ? [413, 415] : []),
    ...(errors?.everywhere ?? []),
    ...(about.errors ?? []),
  ])
  const answered = new Set(Object.keys(about.answers ?? {}).map(Number))
  return [...wanted].filter((status) => errors?.statuses[status] && !answered.has(status)).toSorted((a, b) => a - b)
}

function refusals(pool: SchemaPool, { tag, errors }: MountDocs): [string, object][] {
  if (!errors) return []
  const { schema: usual, statuses } = errors
  return Object.entries(statuses).map(([status, { when, example, schema = usual }]) => [
    status,
    { description: when, content: { [mediaTypeOf(schema)]: { schema: pool.plain(tag, schema), example } } },
  ])
}

function parametersOf(plain: Plain, place: string, schema: unknown): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, Schema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => {
    const { description } = property as { description?: unknown }
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(typeof description === 'string' ? { description } : {}),
      schema: plain(property),
      example: exampleOf(property),
    }
  })
}

/** The parameters that the address names; those that no schema knows are texts. */
function withNames(url: string, schema: unknown): object {
  const { properties = {} } = (schema ?? {}) as { properties?: Record<string, Schema> }
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  return { properties: Object.fromEntries(names.map((name) => [name, properties[name] ?? { type: 'string' }])) }
}

function pathOf(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}')
}

function mediaTypeOf(schema: Schema): string {
  return 'contentMediaType' in schema ? String(schema.contentMediaType) : 'application/json'
}

function prefixed(all: readonly MountDocs[], entriesOf: (docs: MountDocs) => [string, object][]): object {
  const entries = all.flatMap((docs) => entriesOf(docs).map(([name, value]) => [`${docs.tag}.${name}`, value]))
  return Object.fromEntries(entries) as object
}

function prefixKeys(tag: string, needed: Security[number]): object {
  return Object.fromEntries(Object.entries(needed).map(([name, roles]) => [`${tag}.${name}`, roles]))
}
