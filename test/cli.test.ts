import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadConfig } from '../src/config.ts'
import type { AppId } from '../src/core/model.ts'
import { verifyPassword } from '../src/core/password.ts'
import { Company } from '../src/protocols/cstalk/company.ts'
import { memberIdentity } from '../src/protocols/cstalk/identity.ts'
import { Tokens } from '../src/protocols/cstalk/tokens.ts'
import { acme, openStore } from './support/acme.ts'
import { assertSentence, runProgram, Serving } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

describe('the command line', () => {
  test('helps, tells its version, and says nothing of experiments', async () => {
    await using folder = await temporaryFolder()
    const run = (...args: string[]) => runProgram(args, { folder: folder.path })
    const overall = await run('--help')
    assert.deepEqual([overall.code, overall.err], [0, ''])
    for (const name of ['start', 'doctor', 'app add <id>', 'user password', 'token'])
      assert.ok(overall.out.includes(name))
    const own = await run('user', 'add', '--help')
    assert.deepEqual([own.code, own.err], [0, ''])
    assert.match(own.out, /--login LOGIN/)
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    assert.deepEqual(await run('--version'), { code: 0, out: `${version}\n`, err: '' })
  })

  test('names the nearest command and flag', async () => {
    await using folder = await temporaryFolder()
    const run = (...args: string[]) => runProgram(args, { folder: folder.path })
    const wrong: [string[], RegExp][] = [
      [['strat'], /strat is not a command; did you mean start\?/],
      [['user', 'ad', '--app', 'x'], /user ad is not a command; did you mean user add\?/],
      [['user', 'list', '--ap', 'demo'], /--ap is not a flag of this command; did you mean --app\?/],
      [['user'], /user list/],
      [[], /Usage: parlance/],
    ]
    for (const [args, pattern] of wrong) {
      const ended = await run(...args)
      assert.equal(ended.code, 2, args.join(' '))
      assert.match(ended.err, pattern)
      assert.equal(ended.out, '')
    }
  })
})

describe('app', () => {
  test('add makes a file for its owner only, which can be served, listed and shown', async () => {
    await using folder = await temporaryFolder()
    const options = { folder: folder.path, env: { CONFIG: './parlance.json' } }
    const added = await runProgram(
      ['app', 'add', 'shop', '--name', '가게', '--cstalk-company', '3', '--origin', 'https://shop.example'],
      options,
    )
    assert.deepEqual([added.code, added.err], [0, ''])
    const file = join(folder.path, 'parlance.json')
    const { mode, uid } = await stat(file)
    assert.equal(mode & 0o777, 0o600)
    // The container image runs as 1000: what root makes belongs to it, anybody else is told how to hand it over.
    if (process.getuid?.() === 0) assert.equal(uid, 1000)
    assert.equal(added.out.includes('sudo chown 1000 ./parlance.json'), uid !== 1000)
    const config = loadConfig({ PARLANCE_CONFIG: file })
    const secret = config.apps[0]?.cstalk?.jwtSecret ?? ''
    assert.equal(Buffer.from(secret, 'base64url').length, 32)
    assert.deepEqual(config.apps[0]?.origins, ['https://shop.example'])
    assert.ok(!added.out.includes(secret))
    const second = await runProgram(['app', 'add', 'other', '--name', 'Other', '--cstalk-company', '4'], options)
    assert.equal(second.code, 0)
    const both = loadConfig({ PARLANCE_CONFIG: file }).apps
    assert.equal(both[0]?.cstalk?.jwtSecret, secret)
    assert.notEqual(both[1]?.cstalk?.jwtSecret, secret)
    const listed = await runProgram(['app', 'list'], options)
    assert.match(listed.out, /^shop +가게 +cstalk +https:\/\/shop\.example$/m)
    const shown = await runProgram(['app', 'show', 'shop'], options)
    assert.match(shown.out, /^cstalk\.companyId +3$/m)
    assert.match(shown.out, /^cstalk\.jwtSecret +\(hidden, 43 characters\)$/m)
    assert.ok(!shown.out.includes(secret))
    assert.deepEqual(await readdir(folder.path), ['parlance.json'])
  })

  test('add refuses what is there already and what the server would refuse, and leaves the file as it is', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path)
    const before = await readFile(join(folder.path, 'parlance.json'), 'utf8')
    const twice = await runProgram(['app', 'add', 'acme', '--name', 'Again', '--cstalk-company', '8'], options)
    assert.equal(twice.code, 1)
    assertSentence(twice, /the app acme is in \.\/parlance\.json already/)
    const sameCompany = await runProgram(['app', 'add', 'other', '--name', 'Other', '--cstalk-company', '7'], options)
    assert.equal(sameCompany.code, 2)
    assert.match(sameCompany.err, /have the same cstalk\.companyId/)
    const badName = await runProgram(['app', 'add', '../x', '--name', 'Other', '--origin', 'shop.example'], options)
    assert.equal(badName.code, 2)
    assert.match(badName.err, /2 problems/)
    assert.equal(await readFile(join(folder.path, 'parlance.json'), 'utf8'), before)
    assert.deepEqual(await readdir(folder.path), ['parlance.json'])
  })
})

describe('user', () => {
  test('add, list and password, beside a server that runs', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path)
    await using _server = await Serving.start(options)
    const user = (...args: string[]) => ['user', ...args, '--app', 'acme', '--protocol', 'cstalk']
    const chosen = await runProgram(
      user('add', '--login', 'mina', '--name', '민아', '--role', 'manager', '--password', '-'),
      { ...options, input: 'correct horse\n' },
    )
    assert.deepEqual([chosen.code, chosen.err], [0, ''])
    assert.ok(!chosen.out.includes('correct horse'))
    const made = await runProgram(user('add', '--login', 'juno', '--name', '준오'), options)
    const password = /^Password: (\S{20})$/m.exec(made.out)?.[1] ?? ''
    const taken = await runProgram(user('add', '--login', 'juno', '--name', '다른'), options)
    assert.equal(taken.code, 1)
    assertSentence(taken, /the login juno is taken/)

    const listed = await runProgram(['user', 'list', '--app', 'acme', '--role', 'manager'], options)
    assert.match(listed.out, /manager +민아 .*cstalk\/member:mina/)
    assert.doesNotMatch(listed.out, /juno/)
    const searched = await runProgram(
      ['user', 'list', '--app', 'acme', '--protocol', 'cstalk', '--search', '준'],
      options,
    )
    assert.match(searched.out, /agent +준오/)
    assert.doesNotMatch(searched.out, /mina/)

    assert.ok(await isPassword(folder.path, 'mina', 'correct horse'))
    assert.ok(await isPassword(folder.path, 'juno', password))
    const changed = await runProgram(user('password', '--login', 'juno', '--password', '-'), {
      ...options,
      input: 'battery staple',
    })
    assert.deepEqual([changed.code, changed.err], [0, ''])
    assert.ok(await isPassword(folder.path, 'juno', 'battery staple'))
    assert.ok(!(await isPassword(folder.path, 'juno', password)))
  })

  test('what can’t be is refused in a sentence', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path)
    const add = ['user', 'add', '--app', 'acme', '--protocol', 'cstalk', '--name', 'Mina', '--login']
    const onTheLine = await runProgram([...add, 'mina', '--password', 'secret'], options)
    assert.equal(onTheLine.code, 2)
    assert.match(onTheLine.err, /can be seen by others/)
    const short = await runProgram([...add, 'mina', '--password', '-'], { ...options, input: 'short\n' })
    assert.equal(short.code, 1)
    assertSentence(short, /at least 8 characters/)
    const spaced = await runProgram([...add, 'mi na'], options)
    assert.equal(spaced.code, 2)
    assert.match(spaced.err, /--login takes/)
    const nobody = await runProgram(
      ['user', 'password', '--app', 'acme', '--protocol', 'cstalk', '--login', 'mina'],
      options,
    )
    assert.equal(nobody.code, 1)
    assertSentence(nobody, /there is no login "mina" in the app acme/)
    const elsewhere = await runProgram([...add.with(5, 'laravel'), 'mina'], options)
    assert.equal(elsewhere.code, 1)
    assertSentence(elsewhere, /nobody logs in on laravel with a password/)
    const noApp = await runProgram(['user', 'list', '--app', 'acne'], options)
    assert.equal(noApp.code, 2)
    assert.match(noApp.err, /there is no app "acne"; did you mean acme\?/)
  })

  test('a name from outside can’t write into the terminal', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path)
    const store = openStore(folder.path)
    const identity = { protocol: 'cstalk', externalId: 'customer:1' } as const
    await store.users.create({
      appId: 'acme' as AppId,
      role: 'customer',
      name: 'x\u001b]0;owned\u0007\nroot',
      identity,
    })
    await store.close()
    const listed = await runProgram(['user', 'list', '--app', 'acme'], options)
    assert.match(listed.out, /x\ufffd\]0;owned\ufffd\ufffdroot/)
  })
})

describe('token', () => {
  test('a member’s is one that the desk takes', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path)
    const who = ['--app', 'acme', '--protocol', 'cstalk', '--login', 'mina']
    await runProgram(['user', 'add', ...who, '--name', '민아'], options)
    const { code, out } = await runProgram(['token', ...who], options)
    assert.equal(code, 0)
    const [app] = loadConfig({ PARLANCE_CONFIG: join(folder.path, 'parlance.json') }).apps
    assert.ok(app?.cstalk)
    const company = new Company({ app, settings: app.cstalk })
    const { userId } = await new Tokens(new Map([['7', company]]), Date.now).verify(out.trim())
    const store = openStore(folder.path)
    const user = await store.users.byIdentity(app.id, memberIdentity('mina'))
    await store.close()
    assert.equal(userId, user?.id)
  })

  test('a customer’s are the headers of CONNECT, the key of the day included', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path, { customerSecret: 'word', timezone: 'UTC' })
    const { out } = await runProgram(['token', '--app', 'acme', '--protocol', 'cstalk', '--customer', '3825'], options)
    const key = /^companyId:7\ngasappMemberNumber:3825\nsecretKey:word_(\d{4})(\d\d)(\d\d)\n$/.exec(out)
    assert.ok(key, out)
    assert.ok(Math.abs(Date.parse(key.slice(1).join('-')) - Date.now()) < 2 * 86_400_000)
  })
})

async function isPassword(folder: string, login: string, password: string): Promise<boolean> {
  const store = openStore(folder)
  try {
    const user = await store.users.byIdentity('acme' as AppId, memberIdentity(login))
    return user !== null && (await verifyPassword(password, await store.users.passwordHash(user.appId, user.id)))
  } finally {
    await store.close()
  }
}
