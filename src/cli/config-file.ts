import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { CommandError } from './command.ts'

/** Uid and gid of the user `node` in the container image, see Dockerfile. */
export const imageUser = 1000

/**
 * Changes a file in one step: readers see it as it was or as it is, also after a crash. `change` gets the content,
 * null when there is no file yet; what it throws leaves the file alone. A new file is for its owner only: made by root, that
 * owner is the container image's user, because no server runs as root.
 */
export function changeFile(path: string, change: (content: string | null) => string): void {
  const file = realPath(path)
  const draft = `${file}.new`
  let handle: number
  try {
    // Whoever makes the draft has the turn: of two commands at once, one would undo the other.
    handle = openSync(draft, 'wx', 0o600)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      throw new CommandError(`${draft} is there: another command is changing the file; if none is, remove ${draft}`)
    }
    throw new CommandError(`${file} can't be written (${codeOf(error)}): check that the folder exists and is writable`)
  }
  try {
    try {
      writeFileSync(handle, change(read(file)))
      copyRights(file, handle)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new CommandError(`${file} can't be changed (${codeOf(error)}); it is as it was`)
  }
  flushFolder(dirname(file))
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** Where a link leads: it would otherwise be replaced by a file. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Run by root, the file must still be the server's to read. */
function copyRights(file: string, handle: number): void {
  const before = statSync(file, { throwIfNoEntry: false })
  if (!before) {
    if (process.geteuid?.() !== 0) return
    return fchownSync(handle, imageUser, imageUser)
  }
  fchmodSync(handle, before.mode & 0o777)
  if (before.uid !== process.geteuid?.() || before.gid !== process.getegid?.())
    fchownSync(handle, before.uid, before.gid)
}

function flushFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
