/** How often the event loop came around while something was done: whether others had their turn. */
export async function turnsDuring(action: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  try {
    await action()
  } finally {
    isOver = true
  }
  return turns
}
