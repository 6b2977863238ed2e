import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, verifyPassword } from './password.ts'

test('a password is its hash’s, another is not', async () => {
  const hash = await hashPassword('correct horse')
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.equal(await verifyPassword('correct horse', hash), true)
  assert.equal(await verifyPassword('correct horsE', hash), false)
  assert.equal(await verifyPassword('', hash), false)
})

test('the same password never has the same hash', async () => {
  assert.notEqual(await hashPassword('same'), await hashPassword('same'))
})

test('a letter and its accent are what they look like', async () => {
  assert.equal(await verifyPassword('caf\u00e9', await hashPassword('cafe\u0301')), true)
})

test('too long a password has no hash, and is nobody’s', async () => {
  await assert.rejects(hashPassword('x'.repeat(1025)), { name: 'ChatError', code: 'invalid', field: 'password' })
  await assert.rejects(hashPassword('상'.repeat(342)), { code: 'invalid' })
  const hash = await hashPassword('x'.repeat(1024))
  assert.equal(await verifyPassword('x'.repeat(1024), hash), true)
  assert.equal(await verifyPassword('x'.repeat(1025), hash), false)
})

test('nobody’s hash, and what is no hash, is nobody’s password', async () => {
  for (const hash of [null, '', 'plain', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA', '$2b$10$abcdefghijklmnopqrstuv']) {
    assert.equal(await verifyPassword('plain', hash), false, `${hash}`)
  }
})

test('a hash with another cost is verified with that cost', async () => {
  const cheap = '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA'
  const { argon2Sync } = await import('node:crypto')
  const nonce = Buffer.from('somesaltsomesalt')
  const tag = argon2Sync('argon2id', {
    message: Buffer.from('old'),
    nonce,
    parallelism: 1,
    tagLength: 32,
    memory: 64,
    passes: 1,
  })
  const hash = `${cheap}$${tag.toString('base64').replace(/=+$/, '')}`
  assert.equal(await verifyPassword('old', hash), true)
  assert.equal(await verifyPassword('new', hash), false)
})
