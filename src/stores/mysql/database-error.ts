/** The database can't serve as it is. One sentence for a person: what is wrong, and what to do. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}

/** Another process is the writer that this one wants to be. */
export class DatabaseTakenError extends DatabaseError {}
