import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isSubscriptionAuth, isUserAuth } from './signatures.ts'

// The worked examples of Pusher's own documentation.
const credentials = { key: '278d425bdf160c739803', secret: '7ad3773142a6692b25b8' }
const socketId = '1234.1234'
const channelData = '{"user_id":10,"user_info":{"name":"Mr. Channels"}}'
const ofPrivate = '58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4'
const ofPresence = '31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80'
const ofUser = '4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba'

describe('signatures of subscriptions', () => {
  const isAuth = (auth: string, more: object = {}): boolean =>
    isSubscriptionAuth(credentials, auth, { socketId, channel: 'private-foobar', channelData: null, ...more })

  test('the documentation’s examples', () => {
    assert.ok(isAuth(`${credentials.key}:${ofPrivate}`))
    assert.ok(isAuth(`${credentials.key}:${ofPresence}`, { channel: 'presence-foobar', channelData }))
    const user = '{"id":"12345"}'
    assert.ok(isUserAuth(credentials, `${credentials.key}:${ofUser}`, socketId, user))
    assert.ok(!isUserAuth(credentials, `${credentials.key}:${ofUser}`, socketId, '{"id":"12346"}'))
  })

  test('everything is covered', () => {
    const auth = `${credentials.key}:${ofPrivate}`
    assert.ok(!isAuth(auth, { channel: 'private-foobaz' }))
    assert.ok(!isAuth(auth, { socketId: '1234.1235' }))
    assert.ok(!isAuth(auth, { channelData }), 'whenever there is channel data it is signed')
    assert.ok(!isAuth(`${credentials.key}:${ofPresence}`, { channel: 'presence-foobar' }))
  })

  for (const auth of [
    '',
    ':',
    ofPrivate,
    `other:${ofPrivate}`,
    `${credentials.key}:`,
    `${credentials.key}:${ofPrivate}0`,
  ]) {
    test(`refused: ${auth.slice(0, 40)}`, () => assert.ok(!isAuth(auth)))
  }
})
