import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { configurationDoc, configurationDocFile } from '../scripts/configuration-doc.ts'
import { loadConfig } from '../src/config.ts'

test('docs/configuration.md is fresh', () => {
  assert.equal(readFileSync(configurationDocFile, 'utf8'), configurationDoc(), 'run npm run docs')
})

test('its example is a configuration that starts', () => {
  const example = /```json\n(.*?)```/s.exec(configurationDoc())?.[1] ?? ''
  const env = { PARLANCE_CONFIG: 'apps.json', ACME_CSTALK_SECRET: 'a secret of sixteen characters or more' }
  const { apps } = loadConfig(env, () => example)
  assert.equal(apps[0]?.cstalk?.jwtSecret, env.ACME_CSTALK_SECRET)
  assert.deepEqual(apps[0]?.cstalk?.workingHours?.lunch, ['12:00', '13:00'])
})
