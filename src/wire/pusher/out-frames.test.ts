import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  errorFrame,
  establishedFrame,
  eventFrame,
  memberAddedFrame,
  memberRemovedFrame,
  presenceFrame,
  signedInFrame,
  subscribedFrame,
  subscriptionErrorFrame,
  whisperFrame,
} from './out-frames.ts'
import { SubscriptionError } from './pusher-error.ts'

describe('frames to clients, to the letter', () => {
  for (const [frame, expected] of [
    [
      establishedFrame('123.456', 120_000),
      '{"event":"pusher:connection_established","data":"{\\"socket_id\\":\\"123.456\\",\\"activity_timeout\\":120}"}',
    ],
    [subscribedFrame('x'), '{"event":"pusher_internal:subscription_succeeded","channel":"x","data":"{}"}'],
    [
      presenceFrame('presence-x', [
        { id: '1', info: '{"name":"Ana"}' },
        { id: '__proto__', info: '{}' },
      ]),
      '{"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\\"presence\\":{\\"ids\\":[\\"1\\",\\"__proto__\\"],\\"hash\\":{\\"1\\":{\\"name\\":\\"Ana\\"},\\"__proto__\\":{}},\\"count\\":2}}"}',
    ],
    [
      memberAddedFrame('presence-x', { id: '1', info: '{"name":"Ana"}' }),
      '{"event":"pusher_internal:member_added","channel":"presence-x","data":"{\\"user_id\\":\\"1\\",\\"user_info\\":{\\"name\\":\\"Ana\\"}}"}',
    ],
    [
      memberRemovedFrame('presence-x', '1'),
      '{"event":"pusher_internal:member_removed","channel":"presence-x","data":"{\\"user_id\\":\\"1\\"}"}',
    ],
    [
      eventFrame('private-x', 'App\\Events\\Said', '{"a":"ü \\u00fc"}'),
      '{"event":"App\\\\Events\\\\Said","channel":"private-x","data":"{\\"a\\":\\"ü \\\\u00fc\\"}"}',
    ],
    [
      whisperFrame('private-x', 'client-typing', '{"a":1}', null),
      '{"event":"client-typing","channel":"private-x","data":{"a":1}}',
    ],
    [
      whisperFrame('presence-x', 'client-typing', '"text"', '7'),
      '{"event":"client-typing","channel":"presence-x","data":"text","user_id":"7"}',
    ],
    [
      subscriptionErrorFrame('private-x', new SubscriptionError('AuthError', 401, 'no')),
      '{"event":"pusher:subscription_error","channel":"private-x","data":{"type":"AuthError","error":"no","status":401}}',
    ],
    [
      signedInFrame('{"id":"1"}'),
      '{"event":"pusher:signin_success","data":"{\\"user_data\\":\\"{\\\\\\"id\\\\\\":\\\\\\"1\\\\\\"}\\"}"}',
    ],
    [
      errorFrame({ code: 4001, message: 'Application does not exist' }),
      '{"event":"pusher:error","data":{"code":4001,"message":"Application does not exist"}}',
    ],
  ] as const) {
    test(expected.slice(0, 80), () => assert.equal(frame, expected))
  }
})
