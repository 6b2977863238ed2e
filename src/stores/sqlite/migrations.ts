/**
 * The tables, as steps from one version to the next. A step that was released is never edited: a change is
 * another step at the end. `PRAGMA user_version` counts the steps that a file has taken.
 *
 * Messages and events are keyed by one integer, `room << 32 | id` (`seq` for events): the rows of a room lie
 * together in id order in the table's own B-tree, so that writing one touches a single page and reading a page of
 * history is one seek. Measured against WITHOUT ROWID tables on (room, id), it also keeps long bodies out of the
 * tree's inner pages.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    app_id TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    blocked INTEGER NOT NULL DEFAULT 0,
    password_hash TEXT,
    meta TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX users_by_role ON users (app_id, role, id);

  CREATE TABLE identities (
    app_id TEXT NOT NULL,
    protocol TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    PRIMARY KEY (app_id, protocol, external_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX identities_by_user ON identities (user_id);

  -- AUTOINCREMENT: the number of what was removed is not given to another, to whom old links and listeners would then lead.
  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    frozen INTEGER NOT NULL DEFAULT 0,
    owner_id INTEGER,
    assignee_id INTEGER,
    last_assignee_id INTEGER,
    episode_first_id INTEGER,
    episode_waiting_since INTEGER,
    episode_assigned_at INTEGER,
    episodes INTEGER NOT NULL DEFAULT 0,
    last_id INTEGER NOT NULL DEFAULT 0,
    last_seq INTEGER NOT NULL DEFAULT 0,
    last_message_id INTEGER,
    last_type TEXT,
    last_preview TEXT,
    last_sender_id INTEGER,
    last_at INTEGER,
    closed_at INTEGER,
    pinned_at INTEGER,
    meta TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX rooms_by_key ON rooms (app_id, key);
  CREATE INDEX rooms_by_state ON rooms (app_id, kind, state, updated_at);
  CREATE INDEX rooms_by_assignee ON rooms (assignee_id) WHERE assignee_id IS NOT NULL;
  CREATE INDEX rooms_by_last_assignee ON rooms (last_assignee_id) WHERE last_assignee_id IS NOT NULL;
  CREATE INDEX rooms_by_owner ON rooms (owner_id) WHERE owner_id IS NOT NULL;
  CREATE INDEX rooms_by_close ON rooms (app_id, kind, closed_at) WHERE closed_at IS NOT NULL;

  CREATE TABLE members (
    room_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    read_id INTEGER NOT NULL DEFAULT 0,
    read_at INTEGER,
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX members_by_user ON members (user_id, room_id);

  CREATE TABLE messages (
    pk INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    sender_id INTEGER,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    detail TEXT NOT NULL,
    staff INTEGER NOT NULL,
    episode_id INTEGER NOT NULL,
    meta TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
  ) STRICT;

  -- Everything but the posting of messages, which are their own event. last_id is the room's newest message
  -- then: messages between two rows are contiguous in id and seq, so that a seq is found without an index on it.
  CREATE TABLE events (
    pk INTEGER PRIMARY KEY,
    last_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    actor_id INTEGER,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id TEXT NOT NULL,
    collection TEXT NOT NULL,
    key TEXT,
    body TEXT NOT NULL,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX documents_by_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL;
  CREATE INDEX documents_by_collection ON documents (app_id, collection, id);
  CREATE UNIQUE INDEX documents_by_key ON documents (app_id, collection, key) WHERE key IS NOT NULL;

  CREATE TABLE errands (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    room_id INTEGER,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    due_at INTEGER
  ) STRICT;
  CREATE INDEX errands_by_due ON errands (kind, due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX errands_by_room ON errands (room_id) WHERE room_id IS NOT NULL;
  `,
  // Communities and their channels; groups whose members are banned, and hear when their messages have arrived.
  `
  ALTER TABLE rooms ADD COLUMN parent_id INTEGER;
  ALTER TABLE rooms ADD COLUMN open INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX rooms_by_parent ON rooms (parent_id) WHERE parent_id IS NOT NULL;

  -- AUTOINCREMENT here too, since users can be removed: what they wrote must not become another's.
  CREATE TABLE users_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app_id TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    blocked INTEGER NOT NULL DEFAULT 0,
    password_hash TEXT,
    meta TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  INSERT INTO users_anew (id, app_id, role, name, blocked, password_hash, meta, created_at, updated_at)
    SELECT id, app_id, role, name, blocked, password_hash, meta, created_at, updated_at FROM users;
  DROP TABLE users;
  ALTER TABLE users_anew RENAME TO users;
  CREATE INDEX users_by_role ON users (app_id, role, id);

  ALTER TABLE members ADD COLUMN delivered_id INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE members ADD COLUMN delivered_at INTEGER;

  CREATE TABLE bans (
    room_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    by_id INTEGER,
    reason TEXT NOT NULL,
    until INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE messages ADD COLUMN client_key TEXT;
  CREATE UNIQUE INDEX messages_by_client_key ON messages (pk >> 32, sender_id, client_key) WHERE client_key IS NOT NULL;
  `,
]
