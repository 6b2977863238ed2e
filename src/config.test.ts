import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultChannels } from './config/laravel.ts'
import { ConfigError } from './config/problems.ts'
import { loadConfig } from './config.ts'
import { demoApp } from './demo.ts'

const secret = 'a secret of at least sixteen characters'

function problemsOf(env: Record<string, string>, file?: unknown): readonly string[] {
  const content = typeof file === 'string' ? file : JSON.stringify(file)
  const all = file === undefined ? env : { PARLANCE_CONFIG: 'apps.json', ...env }
  try {
    loadConfig(all, () => content)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.problems
  }
}

const cstalk = { companyId: '1', jwtSecret: secret }

function withCstalk(section: object): object {
  return { apps: [{ id: 'acme', cstalk: { ...cstalk, ...section } }] }
}

describe('settings', () => {
  test('without anything there is the demo app on loopback', () => {
    const { settings, apps, demo } = loadConfig({ HOME: '/root', PATH: '/bin' })
    assert.equal(demo, true)
    assert.deepEqual(apps, [demoApp])
    assert.deepEqual([settings.host, settings.port, settings.dataDir], ['127.0.0.1', 8080, './data'])
    assert.equal(settings.outboxMaxBytes, 1_048_576)
  })

  test('values are read, trimmed, and empty ones count as not set', () => {
    const { settings } = loadConfig({
      PARLANCE_PORT: ' 0 ',
      PARLANCE_LOG_LEVEL: '',
      PARLANCE_PUBLIC_URL: 'https://chat.example/desk/',
      PARLANCE_SOCKJS_SCRIPTS: 'true',
      PARLANCE_UPLOAD_EXTENSIONS: 'PDF, txt,pdf',
    })
    assert.equal(settings.port, 0)
    assert.equal(settings.logLevel, 'info')
    assert.equal(settings.publicUrl, 'https://chat.example/desk')
    assert.equal(settings.sockjsScripts, true)
    assert.deepEqual(settings.uploadExtensions, ['pdf', 'txt'])
  })

  test('every problem is told at once, with the nearest name', () => {
    const env = {
      PARLANCE_PROT: '9000',
      PARLANCE_PORT: '8080x',
      PARLANCE_LOG_LEVEL: 'loud',
      PARLANCE_UPLOAD_MAX_BYTES: '-1',
      PARLANCE_WHATEVER_THIS_IS: '1',
    }
    assert.deepEqual(problemsOf(env), [
      'PARLANCE_PORT = "8080x": expected a whole number from 0 to 65535',
      'PARLANCE_LOG_LEVEL = "loud": expected one of fatal, error, warn, info, debug, trace, silent',
      'PARLANCE_UPLOAD_MAX_BYTES = "-1": expected a whole number from 1024 to 4294967296',
      'PARLANCE_PROT is not a setting; did you mean PARLANCE_PORT?',
      'PARLANCE_WHATEVER_THIS_IS is not a setting',
    ])
  })

  test('an address with a password is not repeated', () => {
    const [problem] = problemsOf({ PARLANCE_DATABASE_URL: 'postgres://root:hunter2@db/chat' })
    assert.equal(problem, 'PARLANCE_DATABASE_URL (value hidden): expected an address that starts with mysql://')
  })
})

function withLaravel(...sections: object[]): object {
  const laravel = (name: string) => ({ id: name, key: name, secret: 's', jwtSecret: `the secret of ${name}` })
  const names = ['shop', 'blog']
  return {
    apps: sections.map((more, index) => ({ id: names[index], laravel: { ...laravel(names[index] ?? ''), ...more } })),
  }
}

describe('impossible pairs', () => {
  test('the demo app beyond loopback', () => {
    assert.match(problemsOf({ PARLANCE_HOST: '0.0.0.0' })[0] ?? '', /listens on loopback only, not on 0\.0\.0\.0/)
    for (const host of ['localhost', '::1', '127.0.0.2']) assert.deepEqual(problemsOf({ PARLANCE_HOST: host }), [])
    assert.deepEqual(problemsOf({ PARLANCE_HOST: '0.0.0.0' }, withCstalk({})), [])
  })

  test('demo secrets in production', () => {
    const file = withCstalk({ jwtSecret: demoApp.cstalk.jwtSecret })
    assert.deepEqual(problemsOf({}, file), [])
    assert.deepEqual(problemsOf({ NODE_ENV: 'production' }, file), [
      'The app acme has a secret of the demo app, which is public: NODE_ENV=production refuses it',
    ])
    assert.match(problemsOf({ NODE_ENV: 'production' })[0] ?? '', /NODE_ENV=production needs PARLANCE_CONFIG/)
  })

  test('mails have a sender', () => {
    const env = { PARLANCE_SMTP_URL: 'smtp://mail.example' }
    assert.deepEqual(problemsOf(env), ['PARLANCE_SMTP_URL needs PARLANCE_MAIL_FROM: mails have a sender'])
    for (const from of ['chat@shop.example', 'The shop <chat@shop.example>', '가게 <chat@shop.example>'])
      assert.deepEqual(problemsOf({ ...env, PARLANCE_MAIL_FROM: from }), [], from)
    for (const from of ['the shop', 'a@b, c@d <e@f', 'a@b\r\nBcc: c@d', '<a@b> <c@d>'])
      assert.match(problemsOf({ ...env, PARLANCE_MAIL_FROM: from })[0] ?? '', /PARLANCE_MAIL_FROM/, from)
  })

  test('a database of another kind', () => {
    assert.deepEqual(problemsOf({ PARLANCE_DATABASE_URL: 'mysql://chat:secret@db/chat' }), [])
    for (const url of ['postgres://chat:secret@db/chat', 'db', 'http://db']) {
      const [problem = '', ...more] = problemsOf({ PARLANCE_DATABASE_URL: url })
      assert.match(problem, /PARLANCE_DATABASE_URL.*mysql:\/\//, url)
      assert.doesNotMatch(problem, /secret/)
      assert.deepEqual(more, [])
    }
  })

  test('one Redis and one prefix for two apps', () => {
    const shared = 'The apps shop and blog have the same Redis and the same laravel.redisPrefix: each needs its own'
    const env = { PARLANCE_REDIS_URL: 'redis://cache' }
    assert.deepEqual(problemsOf({}, withLaravel({}, {})), [])
    assert.deepEqual(problemsOf(env, withLaravel({}, {})), [shared])
    assert.deepEqual(problemsOf(env, withLaravel({ redisPrefix: 'shop-' }, {})), [])
    assert.deepEqual(problemsOf(env, withLaravel({ redisUrl: 'redis://other' }, {})), [])
    for (const other of ['redis://a', 'redis://a/1', 'redis://:word@a:6379/0'])
      assert.deepEqual(problemsOf({}, withLaravel({ redisUrl: 'redis://a' }, { redisUrl: other })), [shared], other)
    const tight = { ...env, PARLANCE_OUTBOX_MAX_BYTES: '500000' }
    assert.match(
      problemsOf(tight, withLaravel({ redisPrefix: 'a' }, {}))[0] ?? '',
      /at least twice PARLANCE_REDIS_PAYLOAD/,
    )
    assert.deepEqual(problemsOf({ PARLANCE_OUTBOX_MAX_BYTES: '500000' }, withLaravel({}, {})), [])
    const wide = { PARLANCE_PRESENCE_MEMBERS_MAX: '1000', PARLANCE_PUSHER_EVENT_MAX_BYTES: '1048576' }
    const [members, events] = problemsOf(wide, withLaravel({}, {}))
    assert.match(members ?? '', /PARLANCE_PRESENCE_MEMBERS_MAX/)
    assert.match(events ?? '', /PARLANCE_PUSHER_EVENT_MAX_BYTES/)
    assert.deepEqual(problemsOf(wide, JSON.stringify(withCstalk({}))), [])
    const large = {
      PARLANCE_PRESENCE_MEMBER_MAX_BYTES: '8193',
      PARLANCE_PRESENCE_MEMBERS_MAX: '10',
      PARLANCE_PUSHER_EVENT_MAX_BYTES: '512001',
      PARLANCE_OUTBOX_MAX_BYTES: '2000000',
    }
    assert.deepEqual(problemsOf(large, withLaravel({}, {})), [])
    const nodes = { ...large, PARLANCE_REDIS_URL: 'redis://b', PARLANCE_DATABASE_URL: 'mysql://b/parlance' }
    assert.deepEqual(problemsOf(nodes, withLaravel({ redisPrefix: 'a' }, {})), [
      'With several nodes PARLANCE_PRESENCE_MEMBER_MAX_BYTES can’t be more than 8192',
      'With several nodes PARLANCE_PUSHER_EVENT_MAX_BYTES can’t be more than 512000',
    ])
  })
})

describe('the file of apps', () => {
  test('the demo app passes the checks that a file has to pass', () => {
    const { apps, demo } = loadConfig({ PARLANCE_CONFIG: 'apps.json' }, () => JSON.stringify({ apps: [demoApp] }))
    assert.equal(demo, false)
    assert.deepEqual(apps, [demoApp])
  })

  test('what is left out has its default, and a protocol that is not named is off', () => {
    const { apps } = loadConfig({ PARLANCE_CONFIG: 'apps.json' }, () => JSON.stringify(withCstalk({})))
    const off = { pintalk: null, commu: null, laravel: null, gitplelive: null }
    const defaults = { customerSecret: null, requireSecretKey: false, customerNameHook: null, tokenHours: 12 }
    const rest = { timezone: 'Asia/Seoul', workingHours: null }
    assert.deepEqual(apps, [
      { id: 'acme', name: 'acme', origins: [], cstalk: { ...cstalk, ...defaults, ...rest }, ...off },
    ])
  })

  test('kinds of Laravel channels: what isn’t named stays as it is', () => {
    const channels = {
      chat: { presence: true },
      support: { send: 'clients', data: ['a'], stored: true },
      __proto__x: {},
    }
    const { apps } = loadConfig({ PARLANCE_CONFIG: 'apps.json' }, () => JSON.stringify(withLaravel({ channels })))
    const told = apps[0]?.laravel?.channels
    assert.deepEqual(told?.get('chat'), { ...defaultChannels.get('chat'), presence: true })
    assert.deepEqual(told?.get('support'), { send: 'clients', data: ['a'], stored: true, presence: false })
    assert.deepEqual(told?.get('progress'), defaultChannels.get('progress'))
    assert.deepEqual(told?.get('__proto__x'), { send: 'server', data: null, stored: false, presence: false })
  })

  test('what is wrong in a Laravel section', () => {
    const wrong = {
      redisUrl: 'http://:hunter2@x',
      callbackUrl: 'ftp://x',
      channels: { 'chat:room1': {}, chat: { send: 'everybody', store: true, data: [1] }, tweet: 5 },
      webhooks: [{ events: ['everything'] }],
    }
    assert.deepEqual(problemsOf({}, withLaravel(wrong)), [
      'apps[0].laravel.channels = "chat:room1": expected names of 1 to 40 letters, digits, _ and -',
      'apps[0].laravel.channels.chat.send = "everybody": expected "clients" (and the server) or "server" (alone)',
      'apps[0].laravel.channels.chat.data = [1]: expected a list of the fields that it may hold',
      'apps[0].laravel.channels.chat.store is not a known key; did you mean stored?',
      'apps[0].laravel.channels.tweet = 5: expected an object',
      'apps[0].laravel.redisUrl (value hidden): expected an address that starts with redis:// or rediss://',
      'apps[0].laravel.callbackUrl = "ftp://x": expected an http:// or https:// address, or null',
      'apps[0].laravel.webhooks[0].events = ["everything"]: expected a list of channel_occupied, channel_vacated, member_added, member_removed, client_event, cache_miss',
      'apps[0].laravel.webhooks[0].url = null: expected an http:// or https:// address',
    ])
  })

  test('every problem is told at once, and secrets are not', () => {
    const file = {
      apps: [
        { id: 'Ac me', origins: ['https://shop.example/page'], cstalk: { companyid: 'x', jwtSecret: 'hunter2' } },
        { id: 'b', cstalk: { companyId: '1', jwtSecret: secret, tokenHours: 0, timezone: 'Asia/Soul' }, pintalk: 7 },
      ],
      app: [],
    }
    const problems = problemsOf({}, file)
    assert.deepEqual(problems, [
      'apps[0].id = "Ac me": expected up to 40 small letters, digits and -',
      'apps[0].origins = ["https://shop.example/page"]: expected a list of origins such as "https://shop.example", or ["*"]',
      'apps[0].cstalk.companyId is missing: expected 1 to 20 letters and digits',
      'apps[0].cstalk.jwtSecret (value hidden): expected a secret of 16 to 1024 characters, or {"env": "NAME"}',
      'apps[0].cstalk.companyid is not a known key; did you mean companyId?',
      'apps[1].cstalk.tokenHours = 0: expected a whole number from 1 to 8760',
      'apps[1].cstalk.timezone = "Asia/Soul": expected a time zone such as "Asia/Seoul"',
      'apps[1].pintalk = 7: expected an object',
      'apps[1].pintalk.jwtSecret is missing: expected a secret of 16 to 1024 characters, or {"env": "NAME"}',
      'app is not a known key; did you mean apps?',
    ])
  })

  test('a secret may stand in the environment, under any name', () => {
    const file = withCstalk({ jwtSecret: { env: 'PARLANCE_ACME_JWT' } })
    const env = { PARLANCE_CONFIG: 'apps.json', PARLANCE_ACME_JWT: secret }
    const { apps } = loadConfig(env, () => JSON.stringify(file))
    assert.equal(apps[0]?.cstalk?.jwtSecret, secret)
    assert.deepEqual(problemsOf({}, file), [
      'apps[0].cstalk.jwtSecret names the environment variable PARLANCE_ACME_JWT, which is not set',
    ])
    assert.match(problemsOf({ ACME: 'short' }, withCstalk({ jwtSecret: { env: 'ACME' } }))[0] ?? '', /value hidden/)
    const inherited = withCstalk({ jwtSecret: { env: 'toString' } })
    assert.match(problemsOf({}, inherited)[0] ?? '', /toString, which is not set/)
  })

  test('two apps share neither an id, nor a company, nor a token secret', () => {
    const one = { id: 'a', cstalk, commu: { jwtSecret: secret } }
    const two = { id: 'a', cstalk: { companyId: '1', jwtSecret: `${secret}!` }, pintalk: { jwtSecret: secret } }
    assert.deepEqual(problemsOf({}, { apps: [one, two] }), [
      'apps[1] and apps[0] have the same id: each app needs its own',
      'apps[1] and apps[0] have the same jwtSecret: each app needs its own',
      'apps[1] and apps[0] have the same cstalk.companyId: each app needs its own',
    ])
  })

  test('working hours are spans of a day and real dates', () => {
    const workingHours = {
      days: { mon: ['09:00', '24:00'], tue: ['18:00', '09:00'], wed: ['9:00', '18:00'], thr: ['09:00', '18:00'] },
      lunch: ['12:00'],
      holidays: ['2026-02-30'],
    }
    const problems = problemsOf({}, withCstalk({ workingHours })).map((problem) => problem.split(/ = | is /)[0])
    const at = 'apps[0].cstalk.workingHours'
    assert.deepEqual(problems, [`${at}.days.tue`, `${at}.days.wed`, `${at}.days.thr`, `${at}.lunch`, `${at}.holidays`])
  })

  test('a secret key can only be required where there is one', () => {
    const [problem] = problemsOf({}, withCstalk({ requireSecretKey: true }))
    assert.match(problem ?? '', /a customerSecret to go with it/)
  })

  test('a configuration file that is a folder or belongs to another user is refused with what to do', () => {
    const failing = (code: string) => () =>
      loadConfig({ PARLANCE_CONFIG: '/etc/apps.json' }, () => {
        throw Object.assign(new Error('no'), { code })
      })
    assert.throws(failing('EISDIR'), /\/etc\/apps\.json is a folder: .*`parlance app add`/)
    assert.throws(failing('EACCES'), /\/etc\/apps\.json can't be read by this user \(\d+\): .*chown/)
  })

  test('a file that is not there, not JSON, or not an object', () => {
    const missing = () => loadConfig({ PARLANCE_CONFIG: '/nowhere/apps.json' })
    assert.throws(missing, /PARLANCE_CONFIG: \/nowhere\/apps\.json is not there; `parlance app add` makes it/)
    const [problem, ...more] = problemsOf({}, '{ "apps": [{ "jwtSecret": "hunter2" ] }')
    assert.match(problem ?? '', /^PARLANCE_CONFIG: apps\.json is not JSON \(line 1 column \d+\)$/)
    assert.deepEqual(more, [])
    for (const file of ['null', '[]', '7', '{}', '{"apps":[]}', '{"__proto__":{"apps":[]}}']) {
      assert.notEqual(problemsOf({}, file).length, 0, file)
    }
  })
})
