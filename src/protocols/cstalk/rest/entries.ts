import { Type, type TObject } from 'typebox'
import type { AppId, Meta, User } from '../../../core/model.ts'
import type { Document } from '../../../core/ports.ts'
import type { Company } from '../company.ts'
import { noSuchEntry, tooManyEntries } from '../reasons.ts'
import { callerOf } from './door.ts'
import { idParams } from './parameters.ts'
import { SaidError } from './refusal.ts'
import type { Rest } from './rest.ts'
import type { Scope } from './type-provider.ts'

/** Texts that a company keeps for its desk: members read them, managers write them. */
export interface Entries {
  /** `/api/template` */
  readonly path: string
  /** Of the document store. */
  readonly collection: string
  readonly summary: string
  readonly maxEntries: number
  /** What POST takes; PUT takes any part of it. */
  readonly body: TObject
  readonly show: (company: Company, document: Document) => object
}

/** GET one, POST, PUT and DELETE. The list differs, and is its route's own. */
export function entryRoutes(
  scope: Scope,
  { desk, door }: Rest,
  { path, collection, summary, maxEntries, body, show }: Entries,
): void {
  const { documents } = desk.store
  // What the schema doesn't name is left out by the validator, so that nothing else can be put into the store.
  const whole = Type.Object(body.properties, { additionalProperties: false })
  const part = Type.Partial(whole)
  const one = `${path}/:id`
  const managers = { onRequest: door.managers }

  scope.get(one, { onRequest: door.staff, schema: { summary, params: idParams } }, async (request) => {
    const { company } = callerOf(request)
    return show(company, existing(await documents.get(company.app.id, collection, request.params.id)))
  })

  scope.post(path, { ...managers, schema: { summary, body: whole } }, async (request) => {
    const { company, user } = callerOf(request)
    const { total } = await documents.list(company.app.id, collection, { limit: 0 })
    if (total >= maxEntries) throw new SaidError('conflict', tooManyEntries)
    return show(company, await documents.add(company.app.id, collection, written(request.body, user)))
  })

  scope.put(one, { ...managers, schema: { summary, params: idParams, body: part } }, async (request) => {
    const { company, user } = callerOf(request)
    const { id } = request.params
    const before = existing(await documents.get(company.app.id, collection, id))
    const after = await documents.put(company.app.id, collection, id, {
      ...before.body,
      ...written(request.body, user),
    })
    return show(company, existing(after))
  })

  scope.delete(one, { ...managers, schema: { summary, params: idParams } }, async (request) => {
    const { company } = callerOf(request)
    if (!(await documents.remove(company.app.id, collection, request.params.id))) throw notThere()
    return { success: true }
  })
}

/** All that a company has of them, newest first: there can't be many. */
export async function allEntries(
  { desk }: Rest,
  appId: AppId,
  { collection, maxEntries }: Entries,
): Promise<Document[]> {
  const { documents } = await desk.store.documents.list(appId, collection, { limit: maxEntries })
  return documents
}

function written(body: unknown, { id, name }: User): Meta {
  return { ...(body as Meta), updateMemberId: id, updateMemberName: name }
}

function existing(document: Document | null): Document {
  if (!document) throw notThere()
  return document
}

function notThere(): SaidError {
  return new SaidError('not_found', noSuchEntry)
}
