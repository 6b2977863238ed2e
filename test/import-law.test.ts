import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, test } from 'node:test'

const root = join(import.meta.dirname, '..', 'src')
const maxLines = 400

/** Folders whose parts don't know each other: `protocols/cstalk` and `protocols/commu`, `wire/stomp` and `wire/sockjs`. */
const layers = ['protocols', 'wire', 'http', 'stores', 'buses', 'jobs']

/** Wiring: may import everything. Nothing imports it but itself. */
const isWiring = (file: string) =>
  ['main.ts', 'server.ts', 'demo-seed.ts'].includes(file) || file.startsWith('server/') || file.startsWith('cli/')
/** What only the wiring may see: settings are passed to the parts that need them. */
const isSetup = (file: string) =>
  ['config.ts', 'demo.ts', 'logging.ts', 'version.ts'].includes(file) || file.startsWith('config/')

/** `wire/stomp/codec.ts` is of `wire/stomp`; `wire/websocket.ts` is of `wire`, the common ground of its folders. */
function partOf(file: string): string {
  return file.split('/').slice(0, -1).slice(0, 2).join('/')
}

/** Null when the import is lawful, else the reason. Both are paths in src/; what is imported may be a package. */
function verdict(from: string, imported: string): string | null {
  const [layer = ''] = from.split('/')
  const [target = ''] = imported.split('/')
  const isPackage = !imported.endsWith('.ts')
  if (isWiring(from)) return null
  if (layer === 'core') {
    return target === 'core' || imported === 'node:crypto' ? null : 'core imports only core and node:crypto'
  }
  if (isPackage) return null
  if (isWiring(imported)) return 'only the wiring imports the wiring'
  if (isSetup(from)) return isSetup(imported) || target === 'core' ? null : 'settings import only core'
  if (isSetup(imported)) return 'settings are passed in, not imported'
  if (!layers.includes(layer)) return `${layer} is no folder of the house`
  if (target === 'core' || partOf(from) === partOf(imported) || partOf(imported) === layer) return null
  return layer === 'protocols' && target === 'wire' ? null : 'siblings don’t import each other'
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  // Import and export lines, those over several lines, side effects only, and import() calls.
  const pattern =
    /^(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm
  return [...text.matchAll(pattern)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? ''
    return name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name
  })
}

describe('imports point one way', () => {
  for (const file of files.filter((name) => !name.endsWith('.test.ts'))) {
    test(file, () => {
      for (const imported of importsOf(file)) {
        assert.equal(verdict(file, imported), null, `${file} imports ${imported}`)
      }
    })
  }

  test('the law tells right from wrong', () => {
    const lawful = [
      ['server.ts', 'stores/sqlite/sqlite-store.ts'],
      ['cli/doctor.ts', 'config.ts'],
      ['core/chat.ts', 'core/model.ts'],
      ['core/password.ts', 'node:crypto'],
      ['protocols/cstalk/connection.ts', 'wire/stomp/codec.ts'],
      ['http/files.ts', 'http/application.ts'],
      ['wire/sockjs/session.ts', 'wire/websocket.ts'],
      ['stores/sqlite/rooms.ts', 'core/ports.ts'],
      ['config.ts', 'demo.ts'],
    ] as const
    const unlawful = [
      ['core/chat.ts', 'stores/sqlite/sqlite-store.ts'],
      ['core/chat.ts', 'node:fs'],
      ['core/chat.ts', 'ws'],
      ['http/files.ts', 'config.ts'],
      ['http/files.ts', 'server.ts'],
      ['protocols/cstalk/rest.ts', 'http/application.ts'],
      ['protocols/cstalk/rest.ts', 'protocols/commu/rest.ts'],
      ['wire/sockjs/session.ts', 'wire/stomp/codec.ts'],
      ['wire/websocket.ts', 'wire/sockjs/session.ts'],
      ['stores/sqlite/rooms.ts', 'stores/mysql/rooms.ts'],
      ['config.ts', 'http/application.ts'],
      ['helpers/text.ts', 'core/model.ts'],
    ] as const
    for (const [from, imported] of lawful) assert.equal(verdict(from, imported), null, `${from} imports ${imported}`)
    for (const [from, imported] of unlawful)
      assert.notEqual(verdict(from, imported), null, `${from} imports ${imported}`)
  })
})

test(`no file is longer than ${maxLines} lines`, () => {
  const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length - 1
  assert.deepEqual(
    files.filter((file) => lines(file) > maxLines),
    [],
  )
})
