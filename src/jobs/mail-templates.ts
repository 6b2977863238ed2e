export const mailLanguages = ['ko', 'en', 'ja'] as const
export type MailLanguage = (typeof mailLanguages)[number]

export const mailTemplates = ['verification', 'password-reset', 'temporary-password', 'new-message'] as const
export type MailTemplate = (typeof mailTemplates)[number]

type Values = Readonly<Record<string, unknown>>
interface Text {
  readonly subject: string
  readonly text: string
}

/**
 * `{name}` stands for a value. `verification` has `code`; `password-reset` (the password was forgotten) and
 * `temporary-password` (the account is wanted back) have `password`, `minutes`; `new-message` has `sender`, `message`,
 * `link`.
 */
const texts: Readonly<Record<MailTemplate, Readonly<Record<MailLanguage, Text>>>> = {
  verification: {
    ko: {
      subject: '인증 번호 {code}',
      text: '인증 번호는 {code} 입니다. 5분 안에 입력해 주세요.\n\n요청하지 않으셨다면 이 메일을 무시하셔도 됩니다.',
    },
    en: {
      subject: 'Your verification code {code}',
      text: 'Your verification code is {code}. It is valid for 5 minutes.\n\nIf you did not ask for it, ignore this mail.',
    },
    ja: {
      subject: '認証コード {code}',
      text: '認証コードは {code} です。5分以内に入力してください。\n\n心当たりのない場合は、このメールを無視してください。',
    },
  },
  'password-reset': {
    ko: {
      subject: '임시 비밀번호',
      text: '임시 비밀번호는 {password} 입니다. {minutes}분 안에 로그인한 뒤 비밀번호를 변경해 주세요.\n\n요청하지 않으셨다면 이 메일을 무시하셔도 됩니다. 기존 비밀번호는 그대로입니다.',
    },
    en: {
      subject: 'Your temporary password',
      text: 'Your temporary password is {password}. Log in with it within {minutes} minutes and change it.\n\nIf you did not ask for it, ignore this mail: your password stays as it is.',
    },
    ja: {
      subject: '仮パスワード',
      text: '仮パスワードは {password} です。{minutes}分以内にログインし、パスワードを変更してください。\n\n心当たりのない場合は、このメールを無視してください。現在のパスワードはそのままです。',
    },
  },
  'temporary-password': {
    ko: {
      subject: '계정 복구',
      text: '임시 비밀번호는 {password} 입니다. {minutes}분 안에 로그인하시면 계정이 복구됩니다.\n\n요청하지 않으셨다면 이 메일을 무시하셔도 됩니다.',
    },
    en: {
      subject: 'Bring your account back',
      text: 'Your temporary password is {password}. Log in with it within {minutes} minutes and your account is back.\n\nIf you did not ask for it, ignore this mail.',
    },
    ja: {
      subject: 'アカウントの復元',
      text: '仮パスワードは {password} です。{minutes}分以内にログインすると、アカウントが復元されます。\n\n心当たりのない場合は、このメールを無視してください。',
    },
  },
  'new-message': {
    ko: {
      subject: '{sender} 님의 새 메시지',
      text: '{sender} 님이 메시지를 보냈습니다.\n\n{message}\n\n답장하기: {link}',
    },
    en: { subject: 'New message from {sender}', text: '{sender} wrote to you:\n\n{message}\n\nAnswer: {link}' },
    ja: {
      subject: '{sender} さんからの新しいメッセージ',
      text: '{sender} さんからメッセージが届きました。\n\n{message}\n\n返信: {link}',
    },
  },
}

/** Plain text; what a stranger wrote is quoted as it is and can't become anything but text. */
export function renderMail(template: MailTemplate, language: MailLanguage, values: Values): Text {
  const { subject, text } = texts[template][language]
  return { subject: oneLine(filled(subject, values)), text: filled(text, values) }
}

// A line break in a subject would start a header of the sender's choice.
function oneLine(text: string): string {
  return [...text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')].slice(0, 200).join('')
}

/** In one pass: a value that looks like a place for another stays as it is. */
function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  })
}
