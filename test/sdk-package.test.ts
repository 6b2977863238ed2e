import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { buildSdk, sdkFolder } from '../scripts/build-sdk.ts'
import { sdkFile } from '../src/protocols/gitplelive/sdk-files.ts'
import { version } from '../sdk/src/version.ts'
import { sdkExamples } from './support/sdk-examples.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

/** The SDK as it is published. */

const dist = join(sdkFolder, 'dist')
const manifest = JSON.parse(readFileSync(join(sdkFolder, 'package.json'), 'utf8')) as Record<string, unknown>
const run = promisify(execFile)

test('what is kept is what its source makes', async () => {
  await using folder = await temporaryFolder()
  await buildSdk(folder.path)
  const files = (of: string): string[] =>
    readdirSync(of, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.\w+$/.test(name))
      .toSorted()
  assert.deepEqual(files(dist), files(folder.path), 'run npm run build:sdk')
  for (const name of files(dist)) {
    const [kept, fresh] = [dist, folder.path].map((of) => readFileSync(join(of, name), 'utf8'))
    assert.ok(kept === fresh, `${name}: run npm run build:sdk`)
  }
})

test('the browser file is small', () => {
  const bytes = gzipSync(readFileSync(join(dist, 'gitple-live-sdk.min.js')), { level: 9 }).byteLength
  assert.ok(bytes <= 15 * 1024, `${bytes} bytes`)
})

test('the hash in the documents is the file’s', () => {
  assert.ok(readFileSync(join(sdkFolder, '..', 'docs', 'sdk.md'), 'utf8').includes(sdkFile().integrity))
})

test('the package says what it is, and needs nothing', () => {
  assert.equal(manifest['version'], version)
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'])
    assert.equal(manifest[kind], undefined)
})

test('publint has nothing to say', async () => {
  const { messages } = await publint({ pkgDir: sdkFolder, strict: true })
  assert.deepEqual(
    messages.map((message) => formatMessage(message, manifest)),
    [],
  )
})

/** What must compile, and what must not. */
const program = `
import { Client, GitpleLiveError, version, type Channel, type ClientEvents, type Message, type Sending, type User } from '@parlance/gitple-live-sdk'

const client = new Client({ app_id: 'a', url: 'https://chat.example', session_token: 't' })
const connecting: Promise<User> = client.connectUser({ user_id: 'u' })
const sending: Sending = client.sendMessage({ channel_id: 'c', content: 'x', meta: { n: 1, b: true, s: '' } })
const sent: Promise<Message> = sending
const id: string = sending.pending.client_id
client.on('group:message_send', (message, channel) => {
  const words: string | undefined = message.content
  const same: Channel = channel
  void [words, same]
})
client.once('gap', ({ reason }) => void (reason satisfies 'left' | 'too_many' | 'unknown'))
const handler = (...args: ClientEvents['group:typing']): void => void args
client.on('group:typing', handler).off('group:typing', handler)
const state: 'closed' | 'connecting' | 'open' = client.state
const code: number = new GitpleLiveError(60101, 'x').code
void [connecting, sent, id, state, code, version]

// @ts-expect-error there is no such event
client.on('group:message_sent', () => {})
// @ts-expect-error a handler gets no more than there is
client.on('connected', (user: User, more: string) => void [user, more])
// @ts-expect-error a message has words
void client.sendMessage({ channel_id: 'c' })
// @ts-expect-error options are needed
new Client({ app_id: 'a', url: 'u' })
// @ts-expect-error meta is flat
void client.updateUserMeta({ user_id: 'u', meta: { nested: {} } })
`

for (const [where, options] of [
  [
    'a bundler for browsers',
    { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
  ],
  ['Node', { module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2022'], types: ['node'] }],
] as const) {
  test(`its types say what is right, and the examples are: ${where}`, async () => {
    await using folder = await temporaryFolder()
    const modules = join(sdkFolder, '..', 'node_modules')
    await mkdir(join(folder.path, 'node_modules', '@parlance'), { recursive: true })
    await symlink(sdkFolder, join(folder.path, 'node_modules', '@parlance', 'gitple-live-sdk'))
    const compilerOptions = {
      ...options,
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      preserveSymlinks: true,
      noEmit: true,
      typeRoots: [join(modules, '@types')],
    }
    const head = `import { Client, GitpleLiveError } from '@parlance/gitple-live-sdk'
declare const client: Client, app_id: string, url: string
declare function sessionTokenOf(userId: string): Promise<string>\n`
    const functions = sdkExamples().map(({ code }, index) => `export async function example${index}() {\n${code}\n}`)
    const files = {
      'package.json': JSON.stringify({ type: 'module' }),
      'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }),
      'program.ts': program,
      'examples.ts': `${head}void [Client, GitpleLiveError, app_id, url, sessionTokenOf]\n${functions.join('\n')}`,
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text)
    const checked = await run(join(modules, '.bin', 'tsc'), ['-p', folder.path]).catch(
      (error: { stdout: string }) => error,
    )
    assert.equal(checked.stdout, '')
  })
}
