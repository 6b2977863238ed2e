import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Errors } from 'typebox/schema'
import { serverDocs } from '../src/http/server-docs.ts'
import { commuDocs } from '../src/protocols/commu/rest/docs.ts'
import { cstalkDocs } from '../src/protocols/cstalk/rest/docs.ts'
import { gitpleliveDocs } from '../src/protocols/gitplelive/rest/docs.ts'
import { pusherDocs } from '../src/protocols/laravel/pusher/api/docs.ts'
import { laravelDocs } from '../src/protocols/laravel/rest/docs.ts'
import { pintalkDocs } from '../src/protocols/pintalk/rest/docs.ts'
import { DemoServer } from './support/demo-server.ts'

const written = [cstalkDocs, pintalkDocs, commuDocs, laravelDocs, pusherDocs, gitpleliveDocs, serverDocs]

interface Content {
  readonly schema: object
  readonly example?: unknown
}

interface Answer {
  readonly $ref?: string
  readonly description: string
  readonly content?: Readonly<Record<string, Content>>
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security: readonly object[]
  readonly parameters?: readonly { name: string; in: string; schema: object; example: unknown }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<Record<string, Answer>>
}

interface OpenApi {
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly examples?: readonly unknown[] }>>
    readonly responses: Readonly<Record<string, Answer>>
  }
}

let server: DemoServer
let document: OpenApi
before(async () => {
  server = await DemoServer.start()
  document = await server.json('/openapi.json')
})
after(() => server[Symbol.asyncDispose]())

/** What doesn't fit, with the document's components at hand. */
function misfit(schema: object, value: unknown): unknown[] {
  const [fits, errors] = Errors({ ...schema, components: document.components }, value)
  return fits ? [] : errors
}

function operations(): [string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]): [string, Operation] => [`${method.toUpperCase()} ${path}`, one]),
  )
}

/** As fastify writes it; some are served with and without a slash at the end, and documented once. */
function served(route: string): string {
  return route.replace(/\{(\w+)\}/g, ':$1').replace(/(?<=.)\/$/, '')
}

describe('/openapi.json', () => {
  test('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
    assert.ok(valid, JSON.stringify(errors, null, 1))
  })

  test('has every route of the server, and no other', () => {
    const documented = new Set(operations().map(([name]) => served(name)))
    const there = new Set([...server.routes].map(served).map((route) => (route.endsWith(' ') ? `${route}/` : route)))
    assert.deepEqual([...documented].toSorted(), [...there].toSorted())
  })

  test('has all that the protocols say of their routes', () => {
    const there = new Set(operations().map(([name, { tags }]) => `${tags.join()} ${name.replace(/\{(\w+)\}/g, ':$1')}`))
    for (const { tag, routes } of written) {
      for (const name of Object.keys(routes)) assert.ok(there.has(`${tag} ${name}`), `${tag} ${name}`)
    }
  })

  test('says what each route does, to whom, and what it answers, with an example', () => {
    assert.equal(new Set(document.tags.map(({ name }) => name)).size, document.tags.length)
    const tags = new Map(document.tags.map(({ name, description }) => [name, description]))
    const wanting: string[] = []
    for (const [name, { summary, tags: own, parameters = [], requestBody, responses }] of operations()) {
      if (summary === '' || !tags.get(own[0] ?? '')) wanting.push(`${name}: no summary, or no tag`)
      const answers = Object.entries(responses).filter(([status]) => Number(status) < 400)
      if (answers.length === 0) wanting.push(`${name}: no answer`)
      const contents = answers.flatMap(([, { content = {} }]) => Object.values(content))
      if (contents.some(({ schema }) => Object.keys(schema).length === 0)) wanting.push(`${name}: no schema`)
      const examples = [...contents, ...parameters, ...Object.values(requestBody?.content ?? {})]
      const isSilent = examples.length === 0 && answers.every(([status]) => status === '204')
      if (!isSilent && !examples.some(({ example }) => example !== undefined)) wanting.push(`${name}: no example`)
    }
    assert.deepEqual(wanting, [])
    const ids = operations().map(([, { operationId }]) => operationId)
    assert.deepEqual(ids.toSorted(), [...new Set(ids)].toSorted())
  })

  test('every example fits its schema', () => {
    const pairs: [string, object, unknown][] = []
    const addContent = (name: string, content: Readonly<Record<string, Content>> = {}): void => {
      for (const { schema, example } of Object.values(content))
        if (example !== undefined) pairs.push([name, schema, example])
    }
    for (const [name, { parameters = [], requestBody, responses }] of operations()) {
      for (const one of parameters) pairs.push([`${name} ${one.in} ${one.name}`, one.schema, one.example])
      addContent(`${name} body`, requestBody?.content)
      for (const [status, { content }] of Object.entries(responses)) addContent(`${name} ${status}`, content)
    }
    for (const [name, { content }] of Object.entries(document.components.responses)) addContent(name, content)
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      for (const example of schema.examples ?? []) pairs.push([name, schema, example])
    }
    assert.ok(pairs.length > 100)
    for (const [name, schema, example] of pairs) {
      assert.deepEqual(misfit(schema, example), [], `${name}: ${JSON.stringify(example)}`)
    }
  })
})
