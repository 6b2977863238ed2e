import assert from 'node:assert/strict'
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { create } from 'tar'
import { assertSentence, runProgram } from './support/program.ts'
import { RawStomp } from './support/raw-stomp.ts'
import { Sender, storedMessages } from './support/sender.ts'
import { ServerProcess } from './support/server-process.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const limits = { MESSAGES_PER_SECOND: '10000', MESSAGE_BURST: '100000' }
const groupKeys = { APP_ID: 'demo', APP_API_KEY: 'demo-api-key' }

async function startIn(folder: string): Promise<ServerProcess> {
  return ServerProcess.start(join(folder, 'data'), limits)
}

async function connect(server: ServerProcess, number: number): Promise<{ raw: RawStomp; roomId: number }> {
  const raw = await RawStomp.connect(server.sockjsUrl, { companyId: '1', gasappMemberNumber: String(number) })
  raw.subscribe('me', '/user/session/message')
  const { roomId } = (await raw.hears('LOGINED')).data['profile'] as { roomId: string }
  return { raw, roomId: Number(roomId) }
}

/** Uploads a file into the demo's channel; resolves with its path. */
async function upload(server: ServerProcess): Promise<string> {
  const body = new FormData()
  body.append('user_id', 'user_1')
  body.append('file', new File(['some words'], 'a.txt'))
  const url = `${server.url}/v1/group/channels/channel_1/messages`
  const response = await fetch(url, { method: 'POST', headers: groupKeys, body })
  const { file } = (await response.json()) as { file: { url: string } }
  return new URL(file.url).pathname
}

test('a backup taken while clients write holds every message acknowledged before it, and every file', async () => {
  await using folder = await temporaryFolder()
  await using target = await temporaryFolder()
  const archive = join(folder.path, 'backup.tar.gz')
  let acknowledged: readonly string[][]
  let path: string
  {
    await using server = await startIn(folder.path)
    path = await upload(server)
    const senders: Sender[] = []
    for (const number of [1, 2]) {
      const { raw, roomId } = await connect(server, number)
      senders.push(new Sender(raw, roomId, String(number)))
    }
    for (const sender of senders) sender.start()
    await Sender.told(senders, 200)
    acknowledged = senders.map(({ receipts }) => [...receipts])
    const made = await runProgram(['backup', archive], { folder: folder.path })
    assert.deepEqual([made.code, made.err], [0, ''])
    assert.match(made.out, /^Wrote .*backup\.tar\.gz \(\d+\.\d MiB\)\.\n$/)
    for (const sender of senders) sender.stop()
  }
  assert.equal((await stat(archive)).mode & 0o777, 0o600)
  assert.deepEqual(
    (await readdir(join(folder.path, 'data'))).filter((name) => name.startsWith('.backup')),
    [],
  )
  const again = await runProgram(['backup', archive], { folder: folder.path })
  assert.equal(again.code, 1)
  assertSentence(again, /backup\.tar\.gz is there already/)

  const restored = await runProgram(['restore', archive], { folder: target.path })
  assert.deepEqual([restored.code, restored.err], [0, ''])
  await using server = await startIn(target.path)
  assert.equal(await (await fetch(server.url + path)).text(), 'some words')
  for (const [index, texts] of acknowledged.entries()) {
    const { raw, roomId } = await connect(server, index + 1)
    const stored = await storedMessages(raw, roomId, 0)
    assert.equal(new Set(stored).size, stored.length, 'no message is there twice')
    for (const text of texts) assert.ok(stored.includes(text), text)
    raw.lose()
  }
  const beside = await runProgram(['restore', archive, '--replace'], { folder: target.path })
  assert.equal(beside.code, 1)
  assertSentence(beside, /another process has it open/)
})

describe('restore', () => {
  test('replaces a store only when asked to, and keeps the one from before', async () => {
    await using folder = await temporaryFolder()
    const archive = join(folder.path, 'backup.tar.gz')
    await (await startIn(folder.path))[Symbol.asyncDispose]()
    assert.equal((await runProgram(['backup', archive], { folder: folder.path })).code, 0)
    const refused = await runProgram(['restore', archive], { folder: folder.path })
    assert.equal(refused.code, 1)
    assertSentence(refused, /there is a store in \.\/data already: add --replace/)
    const done = await runProgram(['restore', archive, '--replace'], { folder: folder.path })
    assert.deepEqual([done.code, done.err], [0, ''])
    const names = await readdir(join(folder.path, 'data'))
    const aside = names.find((name) => name.startsWith('replaced-')) ?? ''
    assert.deepEqual(names.toSorted(), ['files', 'parlance.sqlite', 'parlance.sqlite.lock', aside].toSorted())
    assert.ok((await readdir(join(folder.path, 'data', aside))).includes('parlance.sqlite'))
    await using _server = await startIn(folder.path)
  })

  test('refuses what is no backup, and takes nothing but plain files at their places from an archive', async () => {
    await using folder = await temporaryFolder()
    const { path } = folder
    await writeFile(join(path, 'text'), 'no archive')
    await writeFile(join(path, 'parlance.sqlite'), 'no store')
    await mkdir(join(path, 'files'))
    await symlink('/etc', join(path, 'files', 'link'))
    await writeFile(join(path, 'evil'), '')
    const archives: readonly [name: string, names: string[], pattern: RegExp][] = [
      ['other', ['evil'], /is no backup of Parlance; nothing was changed/],
      ['link', ['files'], /is no backup of Parlance; nothing was changed/],
      ['damaged', ['parlance.sqlite'], /can't be used: file is not a database/],
    ]
    for (const [name, names] of archives) await create({ cwd: path, file: join(path, `${name}.tar`) }, names)
    const cases = [
      [join(path, 'nowhere'), /nowhere is not there/],
      [join(path, 'text'), /text can't be read as a backup \(TAR_\w+\)|is no backup of Parlance/],
      ...archives.map(([name, , pattern]) => [join(path, `${name}.tar`), pattern] as const),
    ] as const
    for (const [file, pattern] of cases) {
      const ended = await runProgram(['restore', file], { folder: path })
      assert.equal(ended.code, 1, file)
      assertSentence(ended, pattern)
      assert.deepEqual(await readdir(join(path, 'data')), ['parlance.sqlite.lock'])
    }
  })

  test('and backup refuse a server on MySQL, and name the tool for it', async () => {
    await using folder = await temporaryFolder()
    for (const command of ['backup', 'restore']) {
      const env = { DATABASE_URL: 'mysql://a:b@127.0.0.1/c' }
      const ended = await runProgram([command, 'x'], { folder: folder.path, env })
      assert.equal(ended.code, 1)
      assertSentence(ended, /mariadb-dump, see docs\/operations\.md/)
    }
  })

  test('without a store there is nothing to back up', async () => {
    await using folder = await temporaryFolder()
    const ended = await runProgram(['backup', 'x.tar.gz'], { folder: folder.path })
    assert.equal(ended.code, 1)
    assertSentence(ended, /can't be used \(ENOENT\): check PARLANCE_DATA_DIR/)
    assert.deepEqual(await readdir(folder.path), [])
  })
})
