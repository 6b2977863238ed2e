#!/usr/bin/env -S node --max-semi-space-size=16
// The flag: after a burst of clients the collector's young generation (three times this, in MiB) stays resident. At 10,000
// idle connections it took 8 KiB off each, for 4 to 5 % more CPU per message. It can't be set from within.
// Plain JavaScript that old versions of Node can read: they would stop at the first TypeScript file with a stack trace.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 24 || (major === 24 && minor < 9)) {
  process.stderr.write(
    `Parlance needs Node 24.9 or newer, and this is Node ${process.versions.node}: install a newer one.\n`,
  )
  process.exitCode = 1
} else {
  // node:sqlite still calls itself experimental; the operator can't do anything about that.
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = (warning, ...details) => {
    const type = typeof details[0] === 'object' && details[0] !== null ? details[0].type : details[0]
    if (type !== 'ExperimentalWarning') emitWarning(warning, ...details)
  }
  void import('../src/main.ts')
}
