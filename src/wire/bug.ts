/** Where what a handler threw goes when nobody else wants it: the standard error, by way of Node's warnings. */
export function warnOfBug(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
