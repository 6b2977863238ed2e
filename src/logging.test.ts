import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from './logging.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = []
  write(createLog('info', { write: (line) => lines.push(line) }))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('a line is one JSON object with level, time and message', () => {
  const [line] = logged((log) => log.warn({ rooms: 3 }, 'late\nsweep'))
  assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  assert.deepEqual({ ...line, time: 0 }, { level: 'warn', time: 0, rooms: 3, msg: 'late\nsweep' })
})

test('below the level nothing is written', () => {
  assert.deepEqual(
    logged((log) => log.debug({}, 'noise')),
    [],
  )
})

test('secrets are left out at every depth', () => {
  const headers = { authorization: 'Bearer hunter2', cookie: 'hunter2', 'set-cookie': 'hunter2', host: 'desk.example' }
  const fields = {
    token: 'hunter2',
    request: { headers, body: { user: { password: 'hunter2', name: 'Ana' } } },
    app: { jwtSecret: 'hunter2', cstalk: { customerSecret: 'hunter2' } },
  }
  const [line] = logged((log) => log.error(fields, 'refused'))
  const text = JSON.stringify(line)
  assert.doesNotMatch(text, /hunter2/)
  assert.match(text, /desk\.example.*Ana/)
  assert.equal(fields.token, 'hunter2')
})

test('an error is written with its message and stack', () => {
  const [line] = logged((log) => log.error({ error: new TypeError('no such column') }, 'append failed'))
  const error = line?.['error'] as Record<string, string>
  assert.equal(error['message'], 'no such column')
  assert.match(error['stack'] ?? '', /logging\.test\.ts/)
})
