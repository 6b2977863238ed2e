import type { Settings } from '../../config/table.ts'
import { doubt, good, type Finding } from './finding.ts'

// Besides the connections: the store and its log, the listener, files on their way in and out, hooks.
const otherFiles = 256

export function checkSystem(settings: Settings | null): Finding[] {
  const node = good(`Node ${process.versions.node}`)
  return settings ? [node, checkOpenFiles(settings.maxConnections, openFiles())] : [node]
}

export function checkOpenFiles(maxConnections: number, limit: number | null): Finding {
  if (limit === null) return good('open files: not limited')
  const needed = maxConnections + otherFiles
  if (limit >= needed) return good(`open files: ${limit} allowed, ${maxConnections} connections wanted`)
  return doubt(
    `open files: ${limit} allowed, ${maxConnections} connections and ${otherFiles} other files wanted`,
    `raise the limit to ${needed} (ulimit -n, LimitNOFILE= of systemd, --ulimit of docker), or set PARLANCE_MAX_CONNECTIONS to ${Math.max(1, limit - otherFiles)}`,
  )
}

/** How many files this process may open; null for no limit. Node raises the soft limit to the hard one, for the server too. */
function openFiles(): number | null {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = report.userLimits?.open_files?.soft
  return Number.isFinite(Number(soft)) && Number(soft) > 0 ? Number(soft) : null
}
