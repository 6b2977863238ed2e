import assert from 'node:assert/strict'

/** The samples of the desk's protocol description, of what a client receives. */

const message = {
  id: 3097,
  joinMessageId: 0,
  createDate: '2020-12-18 15:38:37',
  updateDate: '2020-12-18 15:38:37',
  speakerId: 211,
  speakerName: '이유진',
  roomId: 147,
  roomName: '안치성',
  companyId: '1',
  messageType: 0,
  noReadCount: 1,
  isSystemMessage: 0,
  message: '고객이 발송한 메시지 내용',
  messageAdminType: 0,
  isEmployee: 0,
  isCustomer: 1,
  isOnline: 1,
  messageDetail: '',
}

const profile = {
  id: 1,
  companyId: '1',
  roomId: '147',
  isAdmin: 0,
  isMember: 1,
  isCustomer: 0,
  loginName: null,
  speakerId: 177,
  name: '서울도시가스',
  sessionId: 'crlmngar',
  companyUseConfigJson: null,
}

const inRoom = { companyId: '1', roomId: '147' }

export const samples = {
  JOINED: { eventName: 'JOINED', ...inRoom, data: { profile } },
  READ_MESSAGE: {
    eventName: 'READ_MESSAGE',
    ...inRoom,
    data: { endId: 3096, startId: 3094, speakerId: 211, roomId: '147' },
  },
  MESSAGE_LIST: { eventName: 'MESSAGE_LIST', ...inRoom, data: { messages: [message] } },
  MESSAGE: { eventName: 'MESSAGE', ...inRoom, data: { message } },
  DELETE_MESSAGE: { eventName: 'DELETE_MESSAGE', ...inRoom, data: { success: true, id: 3098 } },
  END: { eventName: 'END', ...inRoom, data: {} },
  RELOAD: { eventName: 'RELOAD', companyId: '1' },
  ERROR: { eventName: 'ERROR', ...inRoom, data: { reason: '서버에 연결할 수 없습니다.' } },
} as const

/** Everything that the sample has is there and of the same type; dates look alike. A null in the sample may be a string. */
export function assertLike(actual: unknown, sample: unknown, path = ''): void {
  if (sample === null)
    return assert.ok(actual === null || typeof actual === 'string', `${path} is ${JSON.stringify(actual)}`)
  if (Array.isArray(sample)) {
    assert.ok(Array.isArray(actual), `${path} is ${JSON.stringify(actual)}`)
    for (const [index, item] of actual.entries()) assertLike(item, sample[0], `${path}[${index}]`)
    return
  }
  assert.equal(typeof actual, typeof sample, `${path} is ${JSON.stringify(actual)}`)
  if (typeof sample === 'string' && /^\d{4}-/.test(sample))
    assert.match(String(actual), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  if (typeof sample !== 'object') return
  assert.ok(actual !== null, `${path} is null`)
  for (const [name, value] of Object.entries(sample as object)) {
    assert.ok(Object.hasOwn(actual as object, name), `${path}.${name} is missing`)
    assertLike((actual as Record<string, unknown>)[name], value, `${path}.${name}`)
  }
}
