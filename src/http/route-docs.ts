/** JSON Schema 2020-12: what typebox makes, and plain objects. `title` makes it a component, `examples[0]` is what is shown. */
export type Schema = object

/** By the name of a scheme; the list holds roles: `{ token: ['manager'] }`. Several objects are alternatives. */
export type Security = readonly Readonly<Record<string, readonly string[]>>[]

/** What the OpenAPI document says of the routes of a mount. Nothing is validated or written by it. */
export interface MountDocs {
  /** `cstalk` */
  readonly tag: string
  readonly description: string
  /** By short names. */
  readonly securitySchemes?: Readonly<Record<string, object>>
  /** Of routes that don't say. Empty: open to everybody. */
  readonly security?: Security
  readonly errors?: ErrorDocs
  /** By method and address as they are served: `GET /api/room/:id`. */
  readonly routes?: Readonly<Record<string, RouteDocs>>
}

export interface ErrorDocs {
  /** With `contentMediaType` where it is no JSON. */
  readonly schema: Schema
  /** By status. Some have another form. */
  readonly statuses: Readonly<
    Record<number, { readonly when: string; readonly example: unknown; readonly schema?: Schema }>
  >
  /** Statuses that every route may answer. */
  readonly everywhere?: readonly number[]
}

/** What a route's own schema doesn't say. Of what both say, this counts. */
export interface RouteDocs {
  readonly summary?: string
  readonly description?: string
  readonly security?: Security
  /** Objects, a property for each parameter. */
  readonly params?: Schema
  readonly query?: Schema
  readonly headers?: Schema
  readonly body?: Schema
  /** Of the body, where its schema has none of its own. */
  readonly example?: unknown
  /** The body as a form with files, instead or besides. */
  readonly form?: Schema
  /** By status; null for an answer without a body. `contentMediaType` where it is no JSON. */
  readonly answers?: Readonly<Record<number, Schema | null>>
  /** Statuses of refusals, besides those that follow from the rest. */
  readonly errors?: readonly number[]
}
