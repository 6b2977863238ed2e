import assert from 'node:assert/strict'
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { changeFile } from './config-file.ts'

describe('changing the configuration file', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parlance-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const file = () => join(folder, 'parlance.json')

  test('makes one for its owner only, and keeps the rights of one that is there', () => {
    changeFile(file(), (content) => `${content} 1`)
    assert.equal(readFileSync(file(), 'utf8'), 'null 1')
    assert.equal(statSync(file()).mode & 0o777, 0o600)
    chmodSync(file(), 0o640)
    changeFile(file(), (content) => `${content} 2`)
    assert.equal(readFileSync(file(), 'utf8'), 'null 1 2')
    assert.equal(statSync(file()).mode & 0o777, 0o640)
  })

  test('follows a link', () => {
    writeFileSync(file(), 'a')
    symlinkSync(file(), join(folder, 'link'))
    changeFile(join(folder, 'link'), () => 'b')
    assert.equal(readFileSync(file(), 'utf8'), 'b')
    assert.ok(lstatSync(join(folder, 'link')).isSymbolicLink())
  })

  test('a change that is refused leaves the file and nothing else', () => {
    writeFileSync(file(), 'a')
    const refuse = (): string => {
      throw new Error('no')
    }
    assert.throws(() => changeFile(file(), refuse), /^Error: no$/)
    assert.equal(readFileSync(file(), 'utf8'), 'a')
    assert.deepEqual(readdirSync(folder), ['parlance.json'])
  })

  test('of two at once, the second is told', () => {
    const inner = (): string => {
      assert.throws(
        () => changeFile(file(), () => 'second'),
        /another command is changing the file; if none is, remove .*\.new$/,
      )
      return 'first'
    }
    changeFile(file(), inner)
    assert.equal(readFileSync(file(), 'utf8'), 'first')
  })

  test('a folder that is not there', () => {
    assert.throws(() => changeFile(join(folder, 'no', 'parlance.json'), () => 'a'), /can't be written \(ENOENT\)/)
  })
})
