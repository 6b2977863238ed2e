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
  else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value)) yield* rowsOf(path === '' ? name : `${path}.${name}`, inner)
  } else yield [path, typeof value === 'string' ? withoutPassword(value) : JSON.stringify(value)]
}

/** Addresses of hooks may hold a password. */
function withoutPassword(text: string): string {
  const url = /^https?:/.test(text) ? URL.parse(text) : null
  if (!url?.password) return text
  url.password = 'hidden'
  return url.href
}
