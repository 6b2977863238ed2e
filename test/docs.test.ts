import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { runProgram, Serving } from './support/program.ts'
import { clients } from './support/readme-clients.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const root = join(import.meta.dirname, '..')
const pages = ['README.md', 'CHANGELOG.md', ...markdownBelow('docs')]
const fence = /(?:<!-- run: (\w+) -->\n)?```(\w+)\n([\s\S]*?)```/g

function markdownBelow(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name))
}

function blocks(page: string, language: string): { code: string; run: string | undefined }[] {
  const found = readFileSync(join(root, page), 'utf8').matchAll(fence)
  return [...found].filter(([, , of]) => of === language).map(([, run, , code = '']) => ({ code, run }))
}

for (const page of pages) {
  test(`${page}: links lead somewhere and JSON is JSON`, () => {
    const text = readFileSync(join(root, page), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (!/^https?:/.test(target)) assert.ok(existsSync(join(root, dirname(page), target)), target)
    }
    for (const { code } of blocks(page, 'json')) assert.doesNotThrow(() => JSON.parse(code), code)
  })
}

test('README: each client’s lines hold a conversation with a new server', async () => {
  await using folder = await temporaryFolder()
  await using server = await Serving.start({ folder: folder.path })
  for (const { code, run } of blocks('README.md', 'js')) {
    assert.ok(run, 'a block that nothing runs')
    const client = clients[run]
    assert.ok(client, run)
    await client(
      code.replaceAll('http://127.0.0.1:8080', server.url).replaceAll('127.0.0.1:8080', new URL(server.url).host),
      server.url,
    )
  }
})

test('README: an agent logs in with the command shown', async () => {
  await using folder = await temporaryFolder()
  await using server = await Serving.start({ folder: folder.path })
  const command = blocks('README.md', 'sh').find(({ code }) => code.startsWith('curl'))?.code
  assert.ok(command)
  const { stdout } = await promisify(execFile)('sh', ['-c', command.replaceAll('http://127.0.0.1:8080', server.url)])
  assert.equal(typeof (JSON.parse(stdout) as { token: unknown }).token, 'string')
})

test('README: the commands that make an app and its people work in this order', async () => {
  await using folder = await temporaryFolder()
  const block = blocks('README.md', 'sh').find(({ code }) => code.includes('npx parlance'))?.code ?? ''
  const lines = block.split('\n').filter((line) => line.startsWith('npx parlance '))
  assert.ok(lines.length > 2)
  for (const line of lines) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    const ended = await runProgram(words.slice(2), {
      folder: folder.path,
      env: { CONFIG: join(folder.path, 'apps.json'), PORT: '0' },
    })
    assert.equal(ended.code, 0, `${line}\n${ended.out}${ended.err}`)
  }
})
