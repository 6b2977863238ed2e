import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What the SDK's published form is made of. What it makes is the same on every machine: a test compares it with what is kept. */
export const sdkFolder = join(root, 'sdk')
export const sdkEntry = join(sdkFolder, 'src', 'gitple-live.ts')

const common: BuildOptions = {
  entryPoints: [sdkEntry],
  bundle: true,
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
}

/** Writes a package's `dist` folder: the module, the browser file with the global `GitpleLive`, and the types. */
export async function buildSdk(dist: string): Promise<void> {
  rmSync(dist, { recursive: true, force: true })
  await build({ ...common, format: 'esm', outfile: join(dist, 'gitple-live-sdk.js') })
  const outfile = join(dist, 'gitple-live-sdk.min.js')
  await build({ ...common, format: 'iife', globalName: 'GitpleLive', minify: true, outfile })
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  execFileSync(tsc, ['-p', sdkFolder, '--outDir', join(dist, 'types')], { stdio: 'inherit' })
}

if (import.meta.main) await buildSdk(join(sdkFolder, 'dist'))
