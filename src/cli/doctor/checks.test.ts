import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { table } from '../../config/table.ts'
import type { Settings } from '../../config/table.ts'
import { checkProxy } from './address.ts'
import { checkClock } from './clock.ts'
import { checkSpace, checkType } from './folder.ts'
import { checkOpenFiles } from './system.ts'

const defaults = Object.fromEntries(Object.entries(table).map(([name, row]) => [name, row.default])) as Settings
const marks = (findings: readonly { mark: string }[]) => findings.map(({ mark }) => mark).join('')
const at = Date.UTC(2026, 5, 1)

describe('what a machine could be like, and this one is not', () => {
  test('file systems that lose or lock badly', () => {
    assert.equal(checkType(0xef53).mark, '✓')
    assert.match(checkType(0x6969).what, /NFS/)
    assert.equal(checkType(0x6969).mark, '✗')
    // As a system call with a signed field gives it.
    assert.equal(checkType(0xff534d42 | 0).mark, '✗')
    assert.equal(checkType(0x01021994).mark, '!')
    assert.equal(checkType(0x794c7630).mark, '!')
  })

  test('disks that fill up', () => {
    assert.deepEqual(marks([1e6, 500e6, 5e9].map(checkSpace)), '✗!✓')
  })

  test('limits of open files', () => {
    assert.equal(checkOpenFiles(1000, null).mark, '✓')
    assert.equal(checkOpenFiles(1000, 4096).mark, '✓')
    assert.match(checkOpenFiles(1000, 1024).advice ?? '', /to 1256 .*PARLANCE_MAX_CONNECTIONS to 768/)
  })

  test('clocks', () => {
    const calm = { wallMs: at, steadyMs: 100 }
    assert.equal(marks(checkClock(calm, { wallMs: at + 50, steadyMs: 150 }, at)), '✓')
    assert.equal(marks(checkClock(calm, { wallMs: at + 50, steadyMs: 150 }, at + 60_000)), '✗')
    assert.match(checkClock(calm, { wallMs: at - 4950, steadyMs: 150 }, null)[0]?.what ?? '', /moved by -5000 ms/)
    assert.equal(marks(checkClock({ wallMs: 0, steadyMs: 0 }, { wallMs: 1, steadyMs: 1 }, null)), '✗')
  })

  test('proxies and the public address', () => {
    const check = (settings: Partial<Settings>) => checkProxy({ ...defaults, ...settings })
    assert.equal(marks(check({})), '✓')
    assert.equal(marks(check({ publicUrl: 'https://chat.example', trustedProxyHops: 1 })), '✓')
    assert.match(check({ publicUrl: 'https://chat.example' })[0]?.advice ?? '', /PARLANCE_TRUSTED_PROXY_HOPS/)
    assert.match(check({ publicUrl: 'http://chat.example' })[0]?.advice ?? '', /https/)
    assert.equal(marks(check({ publicUrl: 'http://localhost:8080' })), '✓')
    const open = check({ publicUrl: 'https://chat.example', trustedProxyHops: 1, host: '0.0.0.0' })
    assert.match(open[0]?.what ?? '', /can claim any address/)
    assert.match(check({ trustedProxyHops: 1 })[0]?.advice ?? '', /PARLANCE_PUBLIC_URL/)
  })
})
