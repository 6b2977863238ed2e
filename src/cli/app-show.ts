import { loadConfig } from '../config.ts'
import { chooseApp } from './choices.ts'
import { inColumns } from './columns.ts'
import { defineCommand } from './command.ts'

const secretKeys = new Set(['jwtSecret', 'customerSecret', 'secret', 'apiKey'])

export const appShow = defineCommand({
  words: ['app', 'show'],
  summary: 'Show an app, its secrets hidden',
  operands: ['id'],
  flags: {},
  async run(_values, [id = '']) {
    const app = chooseApp(loadConfig(process.env), id)
    process.stdout.write(`${inColumns([...rowsOf('', app)])}\n`)
  },
})

/** One row per value, under its path in the file. */
function* rowsOf(path: string, value: unknown): Iterable<[string, string]> {
  const key = path.slice(path.lastIndexOf('.') + 1)
  if (typeof value === 'string' && secretKeys.has(key)) yield [path, `(hidden, ${value.length} characters)`]
  else if (typeof value === 'object' && value !== null && !isList(value)) {
    const entries = value instanceof Map ? (value as ReadonlyMap<string, unknown>) : Object.entries(value)
    for (const [name, inner] of entries) yield* rowsOf(path === '' ? name : `${path}.${name}`, inner)
  } else yield [path, typeof value === 'string' ? withoutPassword(value) : JSON.stringify(value)]
}

/** Of plain values: it stands in one row. */
function isList(value: object): boolean {
  return Array.isArray(value) && value.every((one) => typeof one !== 'object')
}

/** Addresses of hooks and services may hold a password. */
function withoutPassword(text: string): string {
  const url = /^(?:https?|rediss?):/.test(text) ? URL.parse(text) : null
  if (!url?.password) return text
  url.password = 'hidden'
  return url.href
}
