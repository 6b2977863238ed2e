import { readFileSync, statfsSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'

export interface Machine {
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly kernel: string
  readonly memoryGiB: number
  /** Of the folder with the stores. */
  readonly fileSystem: string
  /** Files, and so connections, that a process may have open. */
  readonly maxFiles: number
}

export function describeMachine(folder: string): Machine {
  const processors = cpus()
  return {
    node: process.version,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    kernel: `${type()} ${release()}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    fileSystem: fileSystemOf(folder),
    maxFiles: maxFiles(),
  }
}

// statfs(2).
const fileSystems: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x2fc12fc1: 'zfs',
  0x794c7630: 'overlayfs',
  0x01021994: 'tmpfs',
  0x6969: 'nfs',
}

export function fileSystemOf(folder: string): string {
  const { type: magic } = statfsSync(folder)
  return fileSystems[magic] ?? `0x${magic.toString(16)}`
}

/** The hard limit: Node raises the soft one to it at its start. */
function maxFiles(): number {
  try {
    const limit = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
