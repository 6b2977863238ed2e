import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import specs from '@asyncapi/specs'
import { Errors } from 'typebox/schema'
import { decodeInbound } from '../src/protocols/cstalk/inbound.ts'
import { readChat, readInvite, readJoin } from '../src/protocols/commu/socket/inbound.ts'
import { readSubscribe, readUnsubscribe, readWhisper } from '../src/protocols/laravel/echo/inbound.ts'
import { decodeFrame as decodeGitplelive } from '../src/protocols/gitplelive/socket/frames.ts'
import { decodeFrame as decodeLaravel } from '../src/protocols/laravel/socket/frames.ts'
import { decodeFrame as decodePintalk } from '../src/protocols/pintalk/socket/frames.ts'
import { decodeFrame as decodePusher } from '../src/wire/pusher/in-frames.ts'
import { DemoServer } from './support/demo-server.ts'

interface Message {
  readonly name: string
  readonly payload: object
  readonly headers?: object
  readonly examples: readonly { readonly payload: unknown; readonly headers?: unknown }[]
}

interface AsyncApi {
  readonly channels: Readonly<Record<string, { readonly messages: Readonly<Record<string, Message>> }>>
  readonly operations: Readonly<Record<string, { readonly messages: readonly { readonly $ref: string }[] }>>
  readonly components: object
}

let server: DemoServer
let document: AsyncApi
before(async () => {
  server = await DemoServer.start()
  document = await server.json('/asyncapi.json')
})
after(() => server[Symbol.asyncDispose]())

function misfit(schema: object, value: unknown): unknown[] {
  const [fits, errors] = Errors({ ...schema, components: document.components }, value)
  return fits ? [] : errors
}

type Read = (payload: unknown) => unknown
const json =
  (decode: (text: string) => unknown): Read =>
  (payload) =>
    decode(JSON.stringify(payload))
const limits = { maxDataBytes: 10_240 }
/** A Socket.IO event's first argument. */
const first =
  (read: Read): Read =>
  (payload) =>
    read((payload as readonly unknown[])[0])
const echoes: Readonly<Record<string, Read>> = {
  subscribe: readSubscribe,
  unsubscribe: readUnsubscribe,
  'client event': (value) => readWhisper(value, limits.maxDataBytes),
}
const communities: Readonly<Record<string, Read>> = { join: readJoin, 'invite-users-to-channel': readInvite }

/** What reads the frames of clients, by channel. Null for what the wire reads itself. */
const decoders: Readonly<Record<string, (name: string) => Read | null>> = {
  'cstalk.connection': () => null,
  'cstalk.send': () => json(decodeInbound),
  'cstalk.private': () => null,
  'cstalk.room': () => null,
  'cstalk.lobby': () => null,
  'pintalk.room': () => json(decodePintalk),
  'pintalk.status': () => json(decodePintalk),
  'gitplelive.socket': () => json(decodeGitplelive),
  'commu.community': (name) => (name === 'CONNECT' ? null : first(communities[name] ?? readChat)),
  'laravel.socket': () => json(decodeLaravel),
  'laravel.pusher': () => json((text) => decodePusher(text, limits)),
  'laravel.echo': (name) => first(echoes[name] ?? (() => null)),
}

describe('/asyncapi.json', () => {
  test('is valid AsyncAPI 3.0', () => {
    const [fits, errors] = Errors(specs.schemasWithoutId['3.0.0'] as object, document)
    assert.ok(fits, JSON.stringify(errors.slice(0, 5), null, 1))
  })

  test('has every socket protocol, and every message stands in an operation', () => {
    assert.deepEqual(Object.keys(document.channels).toSorted(), Object.keys(decoders).toSorted())
    const used = Object.values(document.operations).flatMap(({ messages }) => messages.map(({ $ref }) => $ref))
    const there = Object.entries(document.channels).flatMap(([channel, { messages }]) =>
      Object.keys(messages).map((id) => `#/channels/${channel}/messages/${encodeURIComponent(id)}`),
    )
    assert.deepEqual(used.toSorted(), there.toSorted())
  })

  test('every example fits its schema', () => {
    for (const [channel, { messages }] of Object.entries(document.channels)) {
      for (const { name, payload, headers, examples } of Object.values(messages)) {
        assert.ok(examples.length > 0, name)
        for (const example of examples) {
          assert.deepEqual(misfit(payload, example.payload), [], `${channel} ${name}: ${JSON.stringify(example)}`)
          if (headers) assert.deepEqual(misfit(headers, example.headers), [], `${channel} ${name}`)
        }
      }
    }
  })

  test('every example of what clients send is understood', () => {
    for (const [channel, { messages }] of Object.entries(document.channels)) {
      for (const [id, { name, examples }] of Object.entries(messages)) {
        const read = id.startsWith('fromClient.') ? decoders[channel]?.(name) : null
        for (const { payload } of read ? examples : []) {
          const understood = read?.(payload)
          assert.ok(understood !== null && understood !== undefined, `${channel} ${name}`)
          assert.notDeepEqual(understood, { type: 'unknown' }, `${channel} ${name}`)
        }
      }
    }
  })
})
