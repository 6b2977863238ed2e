import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { bad, doubt, good, reasonOf, type Finding } from './finding.ts'

const mib = 1024 * 1024
const gib = 1024 * mib
const slowFlushMs = 50

/** f_type of statfs(2) on Linux, where the file system is no place for a write-ahead log, or one that forgets. */
const fileSystems: ReadonlyMap<number, { name: string; kind: 'network' | 'doubtful' | 'forgetful' }> = new Map([
  [0x6969, { name: 'NFS', kind: 'network' }],
  [0x517b, { name: 'SMB', kind: 'network' }],
  [0xfe534d42, { name: 'SMB', kind: 'network' }],
  [0xff534d42, { name: 'CIFS', kind: 'network' }],
  [0x01021997, { name: '9P', kind: 'network' }],
  [0x00c36400, { name: 'Ceph', kind: 'network' }],
  [0x5346414f, { name: 'AFS', kind: 'network' }],
  [0x0bd00bd0, { name: 'Lustre', kind: 'network' }],
  [0x65735546, { name: 'FUSE', kind: 'doubtful' }],
  [0x01021994, { name: 'tmpfs', kind: 'forgetful' }],
  [0x858458f6, { name: 'ramfs', kind: 'forgetful' }],
  [0x794c7630, { name: 'overlayfs', kind: 'forgetful' }],
])

export interface FolderCheck {
  readonly findings: readonly Finding[]
  /** It is there and can be looked into. */
  readonly isThere: boolean
}

/** `hasStore`: SQLite's file is in it, and not only uploaded files. */
export function checkFolder(folder: string, hasStore: boolean): FolderCheck {
  let stats: Stats | undefined
  try {
    stats = statSync(folder, { throwIfNoEntry: false })
    if (!stats) return { findings: [checkParent(folder)], isThere: false }
    if (!stats.isDirectory()) throw new Error('it is no folder')
    accessSync(folder, constants.R_OK | constants.X_OK)
  } catch (error) {
    const advice = 'point PARLANCE_DATA_DIR to a folder of this user'
    return { findings: [bad(`the data folder ${folder} can’t be used: ${reasonOf(error)}`, advice)], isThere: false }
  }
  return {
    findings: [
      checkWriting(folder),
      checkRights(folder, stats),
      checkOwners(folder, stats),
      ...checkFileSystem(folder, hasStore),
    ],
    isThere: true,
  }
}

function checkParent(folder: string): Finding {
  let parent = dirname(resolve(folder))
  while (!statSync(parent, { throwIfNoEntry: false }) && parent !== dirname(parent)) parent = dirname(parent)
  try {
    accessSync(parent, constants.W_OK | constants.X_OK)
    return good(`the data folder ${folder} is not there yet; the first start makes it`)
  } catch (error) {
    return bad(`the data folder ${folder} can’t be made: ${reasonOf(error)}`, `make it, writable for this user`)
  }
}

/** Writes for real: rights say nothing about quotas, and nothing to root. */
function checkWriting(folder: string): Finding {
  const file = join(folder, `.doctor-${process.pid}`)
  try {
    const handle = openSync(file, 'wx', 0o600)
    try {
      writeSync(handle, 'a patient')
      const before = performance.now()
      fsyncSync(handle)
      const flushMs = performance.now() - before
      const what = `the data folder ${folder} is writable; a flush to disk takes ${flushMs.toFixed(1)} ms`
      if (flushMs < slowFlushMs) return good(what)
      return doubt(what, 'every message waits for one: use a faster disk, or see what else writes to it')
    } finally {
      closeSync(handle)
      rmSync(file, { force: true })
    }
  } catch (error) {
    return bad(
      `the data folder ${folder} is not writable: ${reasonOf(error)}`,
      'make it writable for the user that runs the server',
    )
  }
}

function checkRights(folder: string, { mode }: Stats): Finding {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return good('only its owner may look into the data folder')
  return doubt(`others may look into the data folder (mode ${(mode & 0o777).toString(8)})`, `chmod 700 ${folder}`)
}

/** Files of root, left by a command that ran under sudo, can't be opened by the server. */
function checkOwners(folder: string, { uid }: Stats): Finding {
  const names = readdirSync(folder).filter((name) => name.startsWith('parlance.sqlite'))
  const foreign = names.filter((name) => {
    const owner = statSync(join(folder, name), { throwIfNoEntry: false })?.uid
    return owner !== undefined && owner !== uid
  })
  if (foreign.length === 0) return good('the files of the store belong to the owner of the data folder')
  return doubt(
    `${foreign.join(', ')} belongs to another user than the data folder`,
    `chown --reference=${folder} ${foreign.map((name) => join(folder, name)).join(' ')}`,
  )
}

function checkFileSystem(folder: string, hasStore: boolean): Finding[] {
  const { bavail, bsize, type } = statfsSync(folder)
  return [checkSpace(bavail * bsize), checkType(process.platform === 'linux' ? type : 0, hasStore)]
}

export function checkSpace(bytes: number): Finding {
  const what = `free disk space: ${bytes < gib ? `${Math.floor(bytes / mib)} MiB` : `${(bytes / gib).toFixed(1)} GiB`}`
  if (bytes < 64 * mib) return bad(what, 'make room: without any, no message can be accepted')
  return bytes < gib ? doubt(what, 'make room before it runs out') : good(what)
}

export function checkType(type: number, hasStore = true): Finding {
  // statfs gives a signed number where the magic's high bit is set.
  const found = fileSystems.get(type >>> 0)
  if (!found) return good('the data folder is on a local file system')
  const { name, kind } = found
  if (!hasStore && kind !== 'forgetful') return good(`the data folder is on ${name}`)
  if (kind === 'network') {
    return bad(
      `the data folder is on ${name}, a network file system: its locks don’t keep SQLite’s write-ahead log whole`,
      'put PARLANCE_DATA_DIR on a local disk',
    )
  }
  if (kind === 'doubtful') {
    return doubt(
      `the data folder is on ${name}: whether its locks and flushes can be relied on depends on what is behind it`,
      'put PARLANCE_DATA_DIR on a local disk',
    )
  }
  return doubt(
    `the data folder is on ${name}, which is gone after a restart of the machine or the container`,
    'put PARLANCE_DATA_DIR on a disk, in a container on a volume',
  )
}
