import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../config.ts'
import { nodeUrl, settingsDigest } from './cluster.ts'

const digest = (env: Record<string, string>, name = 'Acme'): string =>
  settingsDigest(
    loadConfig({ PARLANCE_CONFIG: 'apps.json', ...env }, () =>
      JSON.stringify({
        apps: [{ id: 'acme', name, origins: [], cstalk: { companyId: '1', jwtSecret: 'a secret of more than 16' } }],
      }),
    ),
  )

test('a node is reached where the settings say, else where it listens, else at an address of its machine', () => {
  const at = (host: string, configured: string | null = null) =>
    nodeUrl({ host, nodeUrl: configured }, `http://${host.includes(':') ? `[${host}]` : host}:8081`)
  assert.equal(at('0.0.0.0', 'http://10.0.0.5:8080'), 'http://10.0.0.5:8080')
  assert.equal(at('127.0.0.1'), 'http://127.0.0.1:8081')
  assert.equal(at('chat.example'), 'http://chat.example:8081')
  for (const host of ['0.0.0.0', '::']) assert.match(at(host), /^http:\/\/(?!0\.)\d+\.\d+\.\d+\.\d+:8081$/)
})

test('nodes agree when what they must have in common is the same', () => {
  const own = { PARLANCE_PORT: '9999', PARLANCE_DATA_DIR: '/elsewhere', PARLANCE_LOG_LEVEL: 'debug' }
  assert.equal(digest({}), digest(own))
  const different = [digest({}), digest({ PARLANCE_MESSAGE_MAX_CHARS: '5' }), digest({}, 'Other')]
  assert.equal(new Set(different).size, 3)
  assert.match(digest({}), /^[\w-]{43}$/)
})
