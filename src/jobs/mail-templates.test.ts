import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mailLanguages, mailTemplates, renderMail } from './mail-templates.ts'

const values = {
  code: '012345',
  password: 'abc',
  minutes: 60,
  sender: '용감한 수달',
  message: '안녕',
  link: 'https://x',
}

test('every template is whole in every language', () => {
  for (const template of mailTemplates) {
    for (const language of mailLanguages) {
      const { subject, text } = renderMail(template, language, values)
      assert.doesNotMatch(subject + text, /[{}]|undefined/, `${template} ${language}`)
      assert.ok(subject.length > 0 && text.length > subject.length)
    }
  }
  assert.match(renderMail('verification', 'en', values).text, /012345/)
  assert.match(renderMail('password-reset', 'ja', values).text, /abc.*60分/)
})

test('a subject stays one line, whatever a stranger is called', () => {
  const sender = `a\r\nBcc: evil@example.com\u2028\u0000b${'가'.repeat(500)}`
  const { subject } = renderMail('new-message', 'en', { ...values, sender })
  assert.doesNotMatch(subject, /[\p{Cc}\u2028\u2029]/u)
  assert.match(subject, /^New message from a Bcc: evil@example\.com b가/)
  assert.equal([...subject].length, 200)
  assert.ok(renderMail('new-message', 'en', { ...values, sender: '😀'.repeat(300) }).subject.isWellFormed())
})

test('a value that looks like a place for another stays as it is', () => {
  const message = '{link} {password} $& $1 {constructor}'
  const { text } = renderMail('new-message', 'en', { ...values, message })
  assert.ok(text.includes(`\n\n${message}\n\n`))
})

test('a value that is missing leaves a gap and nothing of the prototype', () => {
  assert.equal(renderMail('verification', 'en', {}).subject, 'Your verification code ')
})
