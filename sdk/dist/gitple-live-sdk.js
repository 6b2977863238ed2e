// sdk/src/channel-calls.ts
var ChannelCalls = class {
  /**
   * A user of the app.
   *
   * @example
   * ```ts
   * const user = await client.getUser({ user_id: 'user_2' })
   * console.log(user.name)
   * ```
   */
  getUser({ user_id }) {
    return this.ask("GET", `/users/${encodeURIComponent(user_id)}`);
  }
  /**
   * Changes one's own name or picture.
   *
   * @example
   * ```ts
   * const me = await client.updateUser({ user_id: 'user_1', name: 'Mira', profile_url: 'mira.png' })
   * console.log(me.name)
   * ```
   */
  updateUser(change) {
    const { user_id, ...body } = change;
    return this.ask("PUT", `/users/${encodeURIComponent(user_id)}`, { body });
  }
  /**
   * Sets pairs of one's own `meta`; the others stay.
   *
   * @example
   * ```ts
   * const me = await client.updateUserMeta({ user_id: 'user_1', meta: { team: 'blue' } })
   * console.log(me.meta?.team)
   * ```
   */
  updateUserMeta({ user_id, meta }) {
    return this.ask("PUT", `/users/${encodeURIComponent(user_id)}/meta`, { body: { meta } });
  }
  /**
   * Removes pairs of one's own `meta`; all of them where no keys are named.
   *
   * @example
   * ```ts
   * await client.deleteUserMeta({ user_id: 'user_1', keys: ['team'] })
   * ```
   */
  deleteUserMeta({ user_id, keys }) {
    return this.ask("DELETE", `/users/${encodeURIComponent(user_id)}/meta`, { body: keys ? { keys } : {} });
  }
  /**
   * Makes a channel, or answers the one that is reused.
   *
   * @example
   * ```ts
   * const channel = await client.createChannel({
   *   channel_id: 'user_1_user_2',
   *   name: 'Mira and Juno',
   *   members: ['user_1', 'user_2'],
   *   reuse: true,
   * })
   * console.log(channel.channel_id)
   * ```
   */
  createChannel(channel) {
    return this.ask("POST", "/group/channels", { body: { reuse: false, ...channel } });
  }
  /**
   * One's channels.
   *
   * @example
   * ```ts
   * const { channels, next } = await client.getChannels({ limit: 20, show_unread: true })
   * console.log(channels.map((channel) => channel.name), next)
   * ```
   */
  getChannels(query = {}) {
    return this.ask("GET", "/group/channels", { query: { ...query } });
  }
  /**
   * One channel.
   *
   * @example
   * ```ts
   * const channel = await client.getChannel({ channel_id: 'channel_1', show_members: true })
   * console.log(channel.members?.length)
   * ```
   */
  getChannel({ channel_id, ...query }) {
    return this.ask("GET", at(channel_id), { query });
  }
  /**
   * Changes a channel's name or picture: for its managers.
   *
   * @example
   * ```ts
   * await client.updateChannel({ channel_id: 'channel_1', name: 'Everybody' })
   * ```
   */
  updateChannel(change) {
    const { channel_id, ...body } = change;
    return this.ask("PUT", at(channel_id), { body });
  }
  /**
   * Sets pairs of a channel's `meta`; the others stay.
   *
   * @example
   * ```ts
   * await client.updateChannelMeta({ channel_id: 'channel_1', meta: { topic: 'lunch' } })
   * ```
   */
  updateChannelMeta({ channel_id, meta }) {
    return this.ask("PUT", at(channel_id, "/meta"), { body: { meta } });
  }
  /**
   * Removes pairs of a channel's `meta`; all of them where no keys are named.
   *
   * @example
   * ```ts
   * await client.deleteChannelMeta({ channel_id: 'channel_1', keys: ['topic'] })
   * ```
   */
  deleteChannelMeta(named) {
    const { channel_id, keys } = named;
    return this.ask("DELETE", at(channel_id, "/meta"), { body: keys ? { keys } : {} });
  }
  /**
   * Brings somebody into a channel that one is in.
   *
   * @example
   * ```ts
   * await client.joinChannel({ channel_id: 'channel_1', member: 'user_3' })
   * ```
   */
  joinChannel({ channel_id, member }) {
    return this.ask("PUT", at(channel_id, "/join"), { body: { member } });
  }
  /**
   * Is a member no longer. Managers end the membership of others too.
   *
   * @example
   * ```ts
   * await client.leaveChannel({ channel_id: 'channel_1', member: 'user_1' })
   * ```
   */
  leaveChannel({ channel_id, member }) {
    return this.ask("PUT", at(channel_id, "/leave"), { body: { member } });
  }
  /**
   * Everybody in a channel.
   *
   * @example
   * ```ts
   * for (const { user_id, joined_at } of await client.getMembers({ channel_id: 'channel_1' })) console.log(user_id, joined_at)
   * ```
   */
  getMembers({ channel_id }) {
    return this.ask("GET", at(channel_id, "/members"));
  }
  /**
   * The members who are connected now.
   *
   * @example
   * ```ts
   * console.log(await client.getOnlineMembers({ channel_id: 'channel_1' }))
   * ```
   */
  getOnlineMembers({ channel_id }) {
    return this.ask("GET", at(channel_id, "/online_members"));
  }
  /**
   * Who runs a channel.
   *
   * @example
   * ```ts
   * console.log(await client.getManagers({ channel_id: 'channel_1' }))
   * ```
   */
  getManagers({ channel_id }) {
    return this.ask("GET", at(channel_id, "/managers"));
  }
  /**
   * Makes a member a manager: for managers. Answers with all of them.
   *
   * @example
   * ```ts
   * await client.addManager({ channel_id: 'channel_1', manager: 'user_2' })
   * ```
   */
  addManager(named) {
    const { channel_id, manager } = named;
    return this.ask("POST", at(channel_id, "/managers"), { body: { manager } });
  }
  /**
   * Makes a manager a member like the others: for managers. Answers with those who still are.
   *
   * @example
   * ```ts
   * await client.addManager({ channel_id: 'channel_1', manager: 'user_2' })
   * await client.removeManager({ channel_id: 'channel_1', manager: 'user_2' })
   * ```
   */
  removeManager(named) {
    const { channel_id, manager } = named;
    return this.ask("DELETE", at(channel_id, "/managers"), { body: { manager } });
  }
  /**
   * In a frozen channel only managers write: for managers.
   *
   * @example
   * ```ts
   * const channel = await client.freezeChannel({ channel_id: 'channel_1', freeze: true })
   * console.log(channel.freeze)
   * ```
   */
  freezeChannel({ channel_id, freeze }) {
    return this.ask("PUT", at(channel_id, "/freeze"), { body: { freeze } });
  }
  /**
   * Ends a membership and keeps the user out for some seconds: for managers.
   *
   * @example
   * ```ts
   * await client.banUser({ channel_id: 'channel_1', user_id: 'user_2', seconds: 600, reason: 'spam' })
   * ```
   */
  banUser(ban) {
    const { channel_id, ...body } = ban;
    return this.ask("POST", at(channel_id, "/ban"), { body });
  }
  /**
   * Lets a banned user join again: for managers.
   *
   * @example
   * ```ts
   * await client.banUser({ channel_id: 'channel_1', user_id: 'user_2', seconds: 600 })
   * await client.unbanUser({ channel_id: 'channel_1', user_id: 'user_2' })
   * ```
   */
  unbanUser({ channel_id, user_id }) {
    return this.ask("DELETE", at(channel_id, `/ban/${encodeURIComponent(user_id)}`));
  }
  /**
   * Who is kept out: for managers.
   *
   * @example
   * ```ts
   * console.log(await client.getBannedUsers({ channel_id: 'channel_1' }))
   * ```
   */
  getBannedUsers({ channel_id }) {
    return this.ask("GET", at(channel_id, "/banned_list"));
  }
  /**
   * Tells a channel's managers of a message, of a user, or of the channel.
   *
   * @example
   * ```ts
   * const report = await client.createReport({ channel_id: 'channel_1', target_user_id: 'user_2', category: 'spam' })
   * console.log(report.report_id)
   * ```
   */
  createReport(report) {
    return this.ask("POST", "/reports", { body: report });
  }
  /**
   * What was reported in a channel: for its managers.
   *
   * @example
   * ```ts
   * const { reports } = await client.getReports({ channel_id: 'channel_1' })
   * console.log(reports.length)
   * ```
   */
  getReports(query) {
    const { channel_id, ...page } = query;
    return this.ask("GET", `/reports${at(channel_id)}`, { query: page });
  }
  ask(method, path, asked) {
    return this.handled(this.rest.ask(method, path, asked));
  }
};
function at(channelId, below = "") {
  return `/group/channels/${encodeURIComponent(channelId)}${below}`;
}

// sdk/src/emitter.ts
var Emitter = class {
  #handlers = /* @__PURE__ */ new Map();
  /** A handler that is added twice is called twice. */
  on(name, handler) {
    this.#handlers.set(name, [...this.#handlers.get(name) ?? [], handler]);
  }
  /** Without a handler: all of that name. Without a name: all. */
  off(name, handler) {
    if (name === void 0) this.#handlers.clear();
    else if (handler === void 0) this.#handlers.delete(name);
    else {
      const others = (this.#handlers.get(name) ?? []).filter((one) => !isSame(one, handler));
      this.#handlers.set(name, others);
    }
  }
  once(name, handler) {
    const once = (...args) => {
      this.off(name, once);
      handler(...args);
    };
    this.on(name, Object.assign(once, { original: handler }));
  }
  emit(name, ...args) {
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        handler(...args);
      } catch (error) {
        console.error(`a handler of ${String(name)} failed`, error);
      }
    }
  }
};
function isSame(one, other) {
  return one === other || one.original === other;
}

// sdk/src/environment.ts
var platform = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer),
  dial: (url) => new WebSocket(url),
  fetch: (...request) => fetch(...request),
  get XMLHttpRequest() {
    return globalThis.XMLHttpRequest;
  },
  onReturn: (listener) => {
    const { addEventListener, removeEventListener, document } = globalThis;
    const online = () => listener("online");
    const looked = () => {
      if (document?.visibilityState === "visible") listener("visible");
    };
    addEventListener?.call(globalThis, "online", online);
    document?.addEventListener("visibilitychange", looked);
    return () => {
      removeEventListener?.call(globalThis, "online", online);
      document?.removeEventListener("visibilitychange", looked);
    };
  }
};
function newClientId() {
  let id = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += byte.toString(16).padStart(2, "0");
  return id;
}

// sdk/src/errors.ts
var errorCodes = {
  parameters: 60101,
  badToken: 60102,
  expiredToken: 60103,
  server: 60901,
  connect: 60902,
  notConnected: 60904
};
var tooManyRequests = 9001;
var names = {
  60101: "InvalidParameters",
  60102: "InvalidToken",
  60103: "ExpiredToken",
  60901: "ServerError",
  60902: "ConnectError",
  60904: "NotConnected"
};
var GitpleLiveError = class extends Error {
  /** 60101 parameters, 60102 bad token, 60103 expired token, 60901 server, 60902 connect, 60904 not connected; else the server's. */
  code;
  constructor(code, message, name = names[code] ?? "ServerError") {
    super(message);
    this.code = code;
    this.name = name;
  }
};
function toError(thrown, code = errorCodes.server) {
  if (thrown instanceof GitpleLiveError) return thrown;
  return new GitpleLiveError(code, thrown instanceof Error ? thrown.message : String(thrown));
}

// sdk/src/rest.ts
var Rest = class {
  #options;
  constructor(options) {
    this.#options = options;
  }
  /** The answer's body; undefined for an empty one. */
  async ask(method, path, { query = {}, body, headers = {} } = {}) {
    const { environment, timeoutMs } = this.#options;
    const search = searchOf(query);
    const type = body && { "Content-Type": "application/json" };
    const abort = new AbortController();
    const timer = environment.setTimeout(() => abort.abort(), timeoutMs);
    try {
      const response = await environment.fetch(this.#address(path) + search, {
        method,
        headers: { ...await this.#credentials(), ...type, ...headers },
        ...body && { body: JSON.stringify(body) },
        signal: abort.signal
      });
      return read(response.status, await response.text());
    } catch (error) {
      if (abort.signal.aborted) throw new GitpleLiveError(errorCodes.connect, "no answer in time");
      throw toError(error, errorCodes.connect);
    } finally {
      environment.clearTimeout(timer);
    }
  }
  /** Browsers tell of the progress, Node only of the end. There is no limit on the time: files are large and networks slow. */
  async upload(path, form, headers, onProgress) {
    const { environment } = this.#options;
    const all = { ...await this.#credentials(), ...headers };
    const Request = environment.XMLHttpRequest;
    if (!Request) {
      const answer = environment.fetch(this.#address(path), { method: "POST", headers: all, body: form() });
      const response = await answer.catch((error) => Promise.reject(toError(error, errorCodes.connect)));
      return read(response.status, await response.text());
    }
    return new Promise((resolve, reject) => {
      const request = new Request();
      request.open("POST", this.#address(path));
      for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => onProgress({ loaded, total });
      request.onload = () => {
        try {
          resolve(read(request.status, request.responseText));
        } catch (error) {
          reject(toError(error));
        }
      };
      request.onerror = () => reject(new GitpleLiveError(errorCodes.connect, "the upload was cut off"));
      request.send(form());
    });
  }
  #address(path) {
    return `${this.#options.url}/v1/client${path}`;
  }
  async #credentials() {
    return { Authorization: `Bearer ${await this.#options.token.get()}` };
  }
};
function searchOf(query) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== void 0) search.set(name, String(value));
  return search.size > 0 ? `?${search}` : "";
}
function read(status, text) {
  const body = parsed(text);
  if (status >= 200 && status < 300) return body;
  const { code, name, message } = body ?? {};
  throw new GitpleLiveError(code ?? errorCodes.server, message ?? `the server answered ${status}`, name);
}
function parsed(text) {
  try {
    return text === "" ? void 0 : JSON.parse(text);
  } catch {
    return void 0;
  }
}

// sdk/src/session-token.ts
var SessionToken = class {
  renews;
  #source;
  #token = null;
  constructor(source) {
    this.#source = source;
    this.renews = typeof source === "function";
  }
  get() {
    if (this.#token) return this.#token;
    const source = this.#source;
    const token = new Promise((resolve) => resolve(typeof source === "function" ? source() : source));
    this.#token = token;
    token.catch(() => this.expired());
    return token;
  }
  /** The next one to ask gets a new one, where there may be one. */
  expired() {
    this.#token = null;
  }
};

// sdk/src/client-events.ts
var eventArguments = {
  "group:message_send": ["message", "channel"],
  "group:message_update": ["message", "channel"],
  "group:message_delete": ["message", "channel"],
  "group:channel_join": ["channel", "user"],
  "group:channel_leave": ["channel", "user"],
  "group:channel_manager_create": ["channel", "user"],
  "group:channel_manager_delete": ["channel", "user"],
  "group:channel_ban": ["channel", "user"],
  "group:channel_unban": ["channel", "user"],
  "group:channel_update": ["channel"],
  "group:channel_delete": ["channel"],
  "group:channel_freeze": ["channel"],
  "group:channel_unfreeze": ["channel"],
  "group:channel_message_read_event": ["channel", "user", "message_id"],
  "group:channel_message_delivered_event": ["channel", "user", "message_id"],
  "group:typing": ["channel", "user"],
  "group:report_create": ["report", "channel"],
  user_update: ["user"],
  user_delete: ["user"]
};

// sdk/src/backoff.ts
var Backoff = class {
  #minMs;
  #maxMs;
  #tries;
  #random;
  #tried = 0;
  constructor({ min_delay_ms = 500, max_delay_ms = 1e4, tries = 10 }, random) {
    this.#minMs = min_delay_ms;
    this.#maxMs = max_delay_ms;
    this.#tries = tries;
    this.#random = random;
  }
  /** How often `next` gave a delay since the last reset. */
  get tried() {
    return this.#tried;
  }
  /** Milliseconds until the next attempt; null when there is none. */
  next() {
    if (this.#tried >= this.#tries) return null;
    const windowMs = Math.min(this.#maxMs, this.#minMs * 2 ** this.#tried++);
    return Math.round(this.#random() * windowMs);
  }
  reset() {
    this.#tried = 0;
  }
};

// sdk/src/frames.ts
var wireVersion = 1;
var capabilities = ["resume", "typing", "receipts", "users"];
function decodeFrame(data) {
  try {
    const frame = JSON.parse(String(data));
    return typeof frame === "object" && frame !== null ? frame : null;
  } catch {
    return null;
  }
}

// sdk/src/link.ts
var Link = class {
  #options;
  #socket;
  #timer;
  #heartbeatMs = Infinity;
  #heardAt = 0;
  #isAnswered = false;
  #isOver = false;
  /** Throws what the WebSocket's constructor throws. */
  constructor(options) {
    this.#options = options;
    const { environment, url, hello } = options;
    const socket = environment.dial(url);
    this.#socket = socket;
    this.#wait(options.timeoutMs, () => this.#lost("no answer in time"));
    socket.onopen = () => this.send(hello);
    socket.onmessage = ({ data }) => this.#heard(data);
    socket.onclose = ({ code, reason }) => this.#end({ code, reason });
    socket.onerror = () => this.#lost("the connection failed");
  }
  send(frame) {
    if (this.#isOver) return;
    try {
      this.#socket.send(JSON.stringify(frame));
    } catch {
    }
  }
  /** The handshake is done: from now on silence is asked about. */
  keepAlive(heartbeatMs) {
    this.#heartbeatMs = heartbeatMs;
    this.#heardAt = this.#options.environment.now();
    this.#listen();
  }
  /** Asks at once whether the other end is there. */
  probe() {
    if (this.#heartbeatMs === Infinity) return;
    this.send({ type: "ping" });
    this.#isAnswered = false;
    this.#wait(this.#options.timeoutMs, () => {
      if (this.#isAnswered) this.#listen();
      else this.#lost("the server fell silent");
    });
  }
  /** Silent: `onEnd` is not called. */
  end() {
    if (this.#isOver) return;
    this.#close();
  }
  #heard(data) {
    if (this.#isOver) return;
    this.#isAnswered = true;
    this.#heardAt = this.#options.environment.now();
    const frame = decodeFrame(data);
    if (frame) this.#options.onFrame(frame);
  }
  /** One timer that is set anew when it rings, not with each message. */
  #listen() {
    const { environment } = this.#options;
    const silentMs = environment.now() - this.#heardAt;
    if (silentMs >= this.#heartbeatMs) this.probe();
    else this.#wait(this.#heartbeatMs - silentMs, () => this.#listen());
  }
  #lost(reason) {
    this.#end({ code: 1006, reason });
  }
  #end(end) {
    if (this.#isOver) return;
    this.#close();
    this.#options.onEnd(end);
  }
  #close() {
    this.#isOver = true;
    this.#options.environment.clearTimeout(this.#timer);
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {
    };
    try {
      socket.close(1e3);
    } catch {
    }
  }
  #wait(ms, then) {
    const { environment } = this.#options;
    environment.clearTimeout(this.#timer);
    this.#timer = environment.setTimeout(then, ms);
  }
};

// sdk/src/positions.ts
var maxChannels = 1e3;
var Positions = class {
  #positions = /* @__PURE__ */ new Map();
  of(channelId) {
    return this.#positions.get(channelId);
  }
  /** Of all channels. Those heard last win, where there are too many. */
  all() {
    return Object.fromEntries(this.#positions);
  }
  some(channelIds) {
    return Object.fromEntries(
      channelIds.flatMap((id) => {
        const position = this.#positions.get(id);
        return position ? [[id, position]] : [];
      })
    );
  }
  set(channelId, position) {
    this.#positions.delete(channelId);
    this.#positions.set(channelId, position);
    if (this.#positions.size <= maxChannels) return;
    const oldest = this.#positions.keys().next();
    if (!oldest.done) this.#positions.delete(oldest.value);
  }
  forget(channelId) {
    this.#positions.delete(channelId);
  }
  clear() {
    this.#positions.clear();
  }
  /** `new`: it is the next one, and heard from now on. `old`: it was heard before. `hole`: something before it was not. */
  hear(channelId, seq, epoch) {
    const position = this.#positions.get(channelId);
    if (position && (epoch === void 0 || epoch === position[1])) {
      if (seq <= position[0]) return "old";
      if (seq > position[0] + 1) return "hole";
      this.set(channelId, [seq, position[1]]);
      return "new";
    }
    this.set(channelId, [seq, epoch ?? 0]);
    return "new";
  }
};

// sdk/src/version.ts
var version = "1.0.0";

// sdk/src/connection.ts
var refusals = {
  4400: errorCodes.parameters,
  4401: errorCodes.badToken,
  4403: errorCodes.expiredToken
};
var resumedAtOnce = 50;
var resumeRef = 0;
var Connection = class {
  #options;
  #backoff;
  #positions = new Positions();
  #state = "closed";
  #userId = "";
  #user = null;
  #link = null;
  #timer;
  #refusal = null;
  /** Its token was renewed since it was last open. */
  #isRenewed = false;
  #wasOpen = false;
  /** Channels that are to be asked for after those that are being asked for. */
  #pending = [];
  /** Counts up with each attempt and each end, so that a token that comes late is not used. */
  #attempt = 0;
  #stopListening = null;
  constructor(options) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff, options.environment.random);
  }
  get state() {
    if (this.#state === "closed" || this.#state === "open") return this.#state;
    return "connecting";
  }
  open(userId) {
    this.#userId = userId;
    this.#wasOpen = false;
    this.#isRenewed = false;
    this.#backoff.reset();
    this.#positions.clear();
    this.#stopListening = this.#options.environment.onReturn((how) => this.#returned(how));
    this.#dial();
  }
  close() {
    this.#state = "closed";
    this.#attempt++;
    this.#options.environment.clearTimeout(this.#timer);
    this.#stopListening?.();
    this.#stopListening = null;
    this.#link?.end();
    this.#link = null;
    this.#user = null;
  }
  /** False when it isn't open. */
  send(frame) {
    if (this.#state !== "open") return false;
    this.#link?.send(frame);
    return true;
  }
  /** The other end seems gone: gives the link up and comes back. */
  drop(reason) {
    if (this.#state === "closed" || this.#state === "waiting") return;
    this.#link?.end();
    this.#ended({ code: 1006, reason });
  }
  #dial() {
    this.#state = "dialing";
    this.#refusal = null;
    const attempt = ++this.#attempt;
    new Promise((resolve) => resolve(this.#options.token())).then(
      (token) => {
        if (attempt === this.#attempt) this.#link = this.#linked(token);
      },
      (error) => {
        if (attempt !== this.#attempt) return;
        this.#options.listener.failed(toError(error, errorCodes.badToken));
        this.#retry(new GitpleLiveError(errorCodes.badToken, "no session token"));
      }
    );
  }
  #linked(token) {
    const { environment, url, appId, timeoutMs } = this.#options;
    const hello = {
      type: "hello",
      version: wireVersion,
      client: `gitple-live-sdk/${version}`,
      app_id: appId,
      user_id: this.#userId,
      token,
      capabilities,
      positions: this.#positions.all()
    };
    try {
      return new Link({
        environment,
        url,
        hello,
        timeoutMs,
        onFrame: (frame) => this.#heard(frame),
        onEnd: (end) => this.#ended(end)
      });
    } catch (error) {
      this.#giveUp(toError(error, errorCodes.parameters), true);
      return null;
    }
  }
  #heard(frame) {
    const { listener } = this.#options;
    switch (frame.type) {
      case "welcome":
        return this.#welcomed(frame);
      case "ready":
        return this.#caughtUp(frame);
      case "event":
        return this.#happened(frame);
      case "position":
        this.#hear(frame.channel_id, frame.seq, void 0);
        return;
      case "gap": {
        const from = this.#positions.of(frame.channel_id)?.[0] ?? null;
        if (frame.position) this.#positions.set(frame.channel_id, frame.position);
        else this.#positions.forget(frame.channel_id);
        return listener.missed(frame, from);
      }
      case "reply":
        if (frame.ref === resumeRef) return this.#resumed(frame);
        return listener.answered(frame);
      case "error":
        this.#refusal = frame;
    }
  }
  #welcomed(frame) {
    this.#state = "resuming";
    this.#user = frame.user;
    this.#link?.keepAlive(frame.heartbeat_ms);
    for (const [channelId, position] of Object.entries(frame.positions)) this.#positions.set(channelId, position);
  }
  #caughtUp({ pending }) {
    if (this.#state !== "resuming" || this.#user === null) return;
    if (pending.length > 0) {
      const positions = this.#positions.some(pending.slice(0, resumedAtOnce));
      this.#link?.send({ type: "resume", ref: resumeRef, positions });
      this.#pending = pending.slice(resumedAtOnce);
      return;
    }
    const isReturn = this.#wasOpen;
    this.#state = "open";
    this.#wasOpen = true;
    this.#isRenewed = false;
    this.#backoff.reset();
    this.#options.listener.opened(this.#user, isReturn);
  }
  #resumed({ ok, data }) {
    if (!ok) return this.drop("the server could not resume");
    const still = data?.pending ?? [];
    this.#caughtUp({ type: "ready", pending: [...still, ...this.#pending] });
  }
  #happened(frame) {
    const { channel_id: channelId, seq, data } = frame;
    if (channelId !== void 0 && seq !== void 0) {
      if (!this.#hear(channelId, seq, data.channel?.created_at)) return;
      const isOver = frame.event === "group:channel_leave" || frame.event === "group:channel_ban";
      if (isOver && data.user?.user_id === this.#userId) this.#positions.forget(channelId);
    } else if (channelId !== void 0 && frame.event === "group:channel_delete") this.#positions.forget(channelId);
    this.#options.listener.happened(frame);
  }
  #hear(channelId, seq, epoch) {
    const heard = this.#positions.hear(channelId, seq, epoch);
    if (heard === "hole") this.drop(`event ${seq} of ${channelId} came too early`);
    return heard === "new";
  }
  #ended({ code, reason }) {
    this.#link = null;
    this.#attempt++;
    const wasOpen = this.#state === "open";
    const refusal = this.#refusal;
    const why = refusal?.error.message ?? (reason || `the connection ended with ${code}`);
    const refusedAs = refusal?.retry === "never" ? refusal.error.code : refusal ? void 0 : refusals[code];
    const renews = refusedAs === errorCodes.expiredToken && this.#options.renews && !this.#isRenewed;
    const isOver = refusedAs !== void 0 && !renews;
    this.#state = "waiting";
    if (wasOpen) this.#options.listener.lost(why, !isOver);
    if (this.state === "closed") return;
    const error = new GitpleLiveError(refusedAs ?? errorCodes.connect, why, refusal?.error.name);
    if (isOver) return this.#giveUp(error, true);
    if (renews) {
      this.#isRenewed = true;
      this.#options.listener.expired();
    } else if (!wasOpen) this.#options.listener.failed(error);
    this.#retry(error);
  }
  #retry(error) {
    if (this.state === "closed") return;
    const delayMs = this.#backoff.next();
    if (delayMs === null) return this.#giveUp(error, false);
    this.#state = "waiting";
    this.#timer = this.#options.environment.setTimeout(() => this.#tryAgain(), delayMs);
  }
  #tryAgain() {
    this.#options.environment.clearTimeout(this.#timer);
    this.#state = "dialing";
    this.#options.listener.trying(Math.max(1, this.#backoff.tried));
    if (this.state !== "closed") this.#dial();
  }
  #giveUp(error, isRefused) {
    this.close();
    this.#options.listener.gaveUp(error, isRefused);
  }
  /** The machine is online again or the page is looked at: no reason to wait, and an old connection may be dead. */
  #returned(how) {
    if (this.#state === "waiting") {
      if (how === "online") this.#backoff.reset();
      this.#tryAgain();
    } else this.#link?.probe();
  }
};

// sdk/src/requests.ts
var Requests = class {
  #environment;
  #timeoutMs;
  #requests = /* @__PURE__ */ new Map();
  constructor(environment, timeoutMs) {
    this.#environment = environment;
    this.#timeoutMs = timeoutMs;
  }
  add(ref, onTimeout) {
    return new Promise((resolve, reject) => {
      const timer = this.#environment.setTimeout(() => {
        this.#requests.delete(ref);
        reject(new GitpleLiveError(errorCodes.server, "no answer in time"));
        onTimeout();
      }, this.#timeoutMs);
      this.#requests.set(ref, { resolve, reject, timer });
    });
  }
  /** A second reply to a request is nobody's. */
  answered({ ref, ok, data, error }) {
    const request = this.#requests.get(ref);
    if (!request) return;
    this.#end(ref, request);
    if (ok) request.resolve(data);
    else request.reject(new GitpleLiveError(error?.code ?? errorCodes.server, error?.message ?? "refused", error?.name));
  }
  interrupted() {
    for (const [ref, request] of this.#requests) {
      this.#end(ref, request);
      request.reject(new GitpleLiveError(errorCodes.notConnected, "the connection was lost before the answer came"));
    }
  }
  #end(ref, { timer }) {
    this.#requests.delete(ref);
    this.#environment.clearTimeout(timer);
  }
};

// sdk/src/sends.ts
var pauseMs = 1e3;
var maxPauses = 10;
var maxUntold = 100;
var posted = "group:message_send";
var Sends = class {
  #options;
  #sends = [];
  #held = /* @__PURE__ */ new Map();
  /** Of messages that were acknowledged before they were told: `channel/message` to client id. */
  #untold = /* @__PURE__ */ new Map();
  #timer = null;
  constructor(options) {
    this.#options = options;
  }
  get size() {
    return this.#sends.length;
  }
  add(pending) {
    if (this.#sends.length >= this.#options.max) {
      const full = `${this.#options.max} messages wait to be sent already`;
      return Promise.reject(new GitpleLiveError(errorCodes.notConnected, full));
    }
    return new Promise((resolve, reject) => {
      this.#sends.push({ pending, resolve, reject, ref: null, wasTried: false, pauses: 0 });
      this.flush();
    });
  }
  /** Sends what waits, the first of each channel. */
  flush() {
    if (this.#timer !== null) return;
    const busy = /* @__PURE__ */ new Set();
    for (const send of this.#sends) {
      const { channel_id: channelId, client_id: clientId, content, meta } = send.pending;
      if (!busy.has(channelId) && send.ref === null) {
        const fields = { channel_id: channelId, client_key: clientId, content, ...meta && { meta } };
        send.ref = this.#options.ask("send_message", fields);
        if (send.ref === null) return;
        send.wasTried = true;
      }
      busy.add(channelId);
    }
  }
  /** The connection was lost: what was under way waits again. */
  interrupted() {
    for (const send of this.#sends) send.ref = null;
  }
  /** True when the reply was to one of these. */
  answered({ ref, ok, data, error }) {
    const send = this.#sends.find((one) => one.ref === ref);
    if (!send) return false;
    if (ok) this.#settle(send, { ...data, client_id: send.pending.client_id });
    else if (error?.code === tooManyRequests && send.pauses < maxPauses) this.#pause(send);
    else {
      const { code = errorCodes.server, message = "refused", name } = error ?? {};
      this.#settle(send, new GitpleLiveError(code, message, name));
    }
    this.flush();
    return true;
  }
  /** Tells the event, now or when it is known whether it is about a message of this client. */
  happened(frame) {
    if (this.#isHeld(frame)) return;
    const key = keyOf(frame.channel_id, messageOf(frame)?.message_id);
    const clientId = frame.event === posted ? this.#untold.get(key) : void 0;
    this.#untold.delete(key);
    this.#options.tell(frame, clientId);
  }
  /** Does it once all that the channel told before is told. */
  afterHeld(channelId, act) {
    const held = this.#held.get(channelId);
    if (held) held.push(act);
    else act();
  }
  /** No more attempts. */
  abandon(error) {
    this.#options.environment.clearTimeout(this.#timer);
    this.#timer = null;
    for (const send of this.#sends.slice()) this.#settle(send, error);
  }
  #isHeld(frame) {
    const channelId = frame.channel_id;
    if (channelId === void 0) return false;
    const held = this.#held.get(channelId);
    if (held) held.push(frame);
    if (held || frame.event !== posted) return held !== void 0;
    const sender = messageOf(frame)?.user?.user_id;
    const isTried = ({ pending, wasTried }) => wasTried && pending.channel_id === channelId && pending.user_id === sender;
    if (!this.#sends.some(isTried)) return false;
    this.#held.set(channelId, [frame]);
    return true;
  }
  #settle(send, outcome) {
    const { channel_id: channelId, client_id: clientId } = send.pending;
    this.#sends = this.#sends.filter((one) => one !== send);
    if (!(outcome instanceof GitpleLiveError)) this.#remember(keyOf(channelId, outcome.message_id), clientId);
    this.#options.settled(send.pending, outcome);
    if (outcome instanceof GitpleLiveError) send.reject(outcome);
    else send.resolve(outcome);
    const held = this.#held.get(channelId) ?? [];
    this.#held.delete(channelId);
    for (const one of held) {
      if (typeof one === "function") this.afterHeld(channelId, one);
      else this.happened(one);
    }
  }
  #remember(key, clientId) {
    this.#untold.set(key, clientId);
    const oldest = this.#untold.keys().next();
    if (this.#untold.size > maxUntold && !oldest.done) this.#untold.delete(oldest.value);
  }
  #pause(send) {
    send.ref = null;
    send.pauses++;
    const { environment } = this.#options;
    this.#timer ??= environment.setTimeout(
      () => {
        this.#timer = null;
        this.flush();
      },
      pauseMs * (1 + environment.random())
    );
  }
};
function messageOf({ data }) {
  return data.message;
}
function keyOf(channelId, messageId) {
  return `${channelId}/${messageId}`;
}

// sdk/src/session.ts
var Session = class {
  #options;
  #connection;
  #requests;
  #sends;
  #userId = null;
  #ref = 0;
  /** Of the promise of `open`; null once it has settled. */
  #opening = null;
  /** Since the last connection was lost: a send that hears nothing for so long makes it come back. */
  #sendTimer = null;
  constructor(options) {
    this.#options = options;
    const { environment, timeoutMs, token, emitter } = options;
    this.#requests = new Requests(environment, timeoutMs);
    this.#sends = new Sends({
      environment,
      max: options.maxQueued,
      ask: (type, fields) => this.#ask(type, fields),
      tell: (frame, clientId) => this.#tell(frame, clientId),
      settled: (pending, outcome) => {
        if (outcome instanceof GitpleLiveError) emitter.emit("message:failed", pending, outcome);
        else emitter.emit("message:sent", outcome);
      }
    });
    this.#connection = new Connection({
      environment,
      url: `${options.baseUrl.replace(/^http/i, "ws")}/v1/socket`,
      appId: options.appId,
      token: () => token.get(),
      renews: token.renews,
      backoff: options.backoff,
      timeoutMs,
      listener: {
        opened: (user, isReturn) => this.#opened(user, isReturn),
        lost: (reason, willReturn) => {
          this.#interrupted();
          emitter.emit("disconnected", { reason, will_reconnect: willReturn });
        },
        trying: (attempt) => emitter.emit("reconnectTry", { attempt }),
        failed: (error) => emitter.emit("error", error),
        expired: () => token.expired(),
        gaveUp: (error, isRefused) => this.#gaveUp(error, isRefused),
        happened: (frame) => this.#sends.happened(frame),
        missed: ({ channel_id, position, reason }, from) => {
          const gap = { channel_id, from, to: position?.[0] ?? null, reason };
          this.#sends.afterHeld(channel_id, () => emitter.emit("gap", gap));
        },
        answered: (frame) => this.#answered(frame)
      }
    });
  }
  get state() {
    return this.#connection.state;
  }
  /** Null before `open` and after `close`. */
  get userId() {
    return this.#userId;
  }
  open(userId) {
    if (this.#userId !== null) {
      const busy = `${this.#userId} is connected: disconnectUser comes first`;
      return Promise.reject(new GitpleLiveError(errorCodes.parameters, busy));
    }
    this.#userId = userId;
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      this.#connection.open(userId);
    });
  }
  /** Harmless when closed. */
  close() {
    if (this.#userId === null) return;
    this.#end(new GitpleLiveError(errorCodes.notConnected, "disconnected"));
    this.#options.emitter.emit("disconnected", { reason: "disconnectUser", will_reconnect: false });
  }
  /** What a reply to the request says; rejects at once without a connection. */
  request(type, fields) {
    const ref = this.#ask(type, fields);
    if (ref === null) return Promise.reject(new GitpleLiveError(errorCodes.notConnected, "not connected"));
    return this.#requests.add(ref, () => this.#connection.drop("a request was not answered"));
  }
  post(channelId, content, meta) {
    const pending = {
      client_id: newClientId(),
      channel_id: channelId,
      type: "text",
      user_id: this.#userId ?? "",
      content,
      ...meta && { meta },
      created_at: this.#options.environment.now()
    };
    if (this.#userId === null) {
      const error = new GitpleLiveError(errorCodes.notConnected, "connectUser comes first");
      return { pending, sent: Promise.reject(error) };
    }
    this.#options.emitter.emit("message:pending", pending);
    const sent = this.#sends.add(pending);
    this.#watch();
    return { pending, sent };
  }
  #ask(type, fields) {
    const ref = ++this.#ref;
    return this.#connection.send({ type, ref, ...fields }) ? ref : null;
  }
  #answered(frame) {
    if (!this.#sends.answered(frame)) return this.#requests.answered(frame);
    this.#options.environment.clearTimeout(this.#sendTimer);
    this.#sendTimer = null;
    this.#watch();
  }
  /** One timer for all sends: it rings when none was answered for that long. */
  #watch() {
    if (this.#sends.size === 0 || this.state !== "open" || this.#sendTimer !== null) return;
    const { environment, timeoutMs } = this.#options;
    this.#sendTimer = environment.setTimeout(() => {
      this.#sendTimer = null;
      this.#connection.drop("a message was not acknowledged");
    }, timeoutMs);
  }
  #opened(user, isReturn) {
    const { emitter } = this.#options;
    this.#opening?.resolve(user);
    this.#opening = null;
    if (isReturn) emitter.emit("reconnectSucceed", user);
    else emitter.emit("connected", user);
    this.#sends.flush();
    this.#watch();
  }
  #interrupted() {
    this.#options.environment.clearTimeout(this.#sendTimer);
    this.#sendTimer = null;
    this.#sends.interrupted();
    this.#requests.interrupted();
  }
  #gaveUp(error, isRefused) {
    const { emitter } = this.#options;
    const wasOpen = this.#opening === null;
    this.#end(error);
    emitter.emit("error", error);
    if (wasOpen || !isRefused) emitter.emit("reconnectFailed", error);
  }
  #end(error) {
    this.#userId = null;
    this.#connection.close();
    this.#interrupted();
    this.#sends.abandon(error);
    this.#opening?.reject(error);
    this.#opening = null;
  }
  #tell({ event, data }, clientId) {
    const names2 = eventArguments[event];
    if (!names2 || !Object.hasOwn(eventArguments, event)) return;
    const args = names2.map((name) => name === "message" ? this.#located(data[name], clientId) : data[name]);
    this.#options.emitter.emit(event, ...args);
  }
  /** With an address that leads to its file from anywhere, and the name that this client has for it. */
  #located(message, clientId) {
    const { file } = message;
    const url = file?.url.startsWith("/") ? this.#options.baseUrl + file.url : file?.url;
    return {
      ...message,
      ...file && url !== void 0 && { file: { ...file, url } },
      ...clientId !== void 0 && { client_id: clientId }
    };
  }
};

// sdk/src/client.ts
var uploadTries = 3;
var Client = class extends ChannelCalls {
  rest;
  #emitter = new Emitter();
  #session;
  #environment;
  /** Throws a `GitpleLiveError` 60101 when the options can't be right. */
  constructor(options) {
    super();
    const { app_id: appId, session_token: source, timeout_ms: timeoutMs = 1e4 } = options;
    const url = serverUrl(options.url);
    if (typeof appId !== "string" || appId === "") throw invalid("app_id");
    const environment = Object.create(
      platform,
      Object.getOwnPropertyDescriptors(options.environment ?? {})
    );
    const token = new SessionToken(source);
    this.#environment = environment;
    this.rest = new Rest({ environment, url, token, timeoutMs });
    this.#session = new Session({
      environment,
      baseUrl: url,
      appId,
      token,
      backoff: options.reconnect ?? {},
      timeoutMs,
      maxQueued: options.max_queued_messages ?? 500,
      emitter: this.#emitter
    });
  }
  /**
   * `closed`, `connecting` (also while it comes back) or `open`.
   *
   * @example
   * ```ts
   * console.log(client.state)
   * ```
   */
  get state() {
    return this.#session.state;
  }
  /**
   * Connects as the user of the session token. Resolves when the server has welcomed it; rejects when the server refuses, when all
   * tries have failed, or when `disconnectUser` comes first.
   *
   * @example
   * ```ts
   * client.disconnectUser()
   * const user = await client.connectUser({ user_id: 'user_1' })
   * console.log(user.name)
   * ```
   */
  connectUser(user) {
    const userId = user?.user_id;
    if (typeof userId !== "string" || userId === "") return this.#failed(invalid("user_id"));
    return this.handled(this.#session.open(userId));
  }
  /**
   * Closes the connection and doesn't come back. Messages that were not acknowledged are rejected.
   *
   * @example
   * ```ts
   * client.disconnectUser()
   * ```
   */
  disconnectUser() {
    this.#session.close();
  }
  /**
   * Calls the handler whenever the event happens.
   *
   * @example
   * ```ts
   * client.on('group:message_send', (message, channel) => console.log(channel.channel_id, message.content))
   * ```
   */
  on(event, handler) {
    this.#emitter.on(event, handler);
    return this;
  }
  /**
   * Calls the handler the next time only.
   *
   * @example
   * ```ts
   * client.once('disconnected', ({ reason }) => console.log(reason))
   * ```
   */
  once(event, handler) {
    this.#emitter.once(event, handler);
    return this;
  }
  /**
   * Doesn't call the handler any more; without one, none of the event's; without an event, none at all.
   *
   * @example
   * ```ts
   * const log = (): void => console.log('typing')
   * client.on('group:typing', log)
   * client.off('group:typing', log)
   * ```
   */
  off(event, handler) {
    this.#emitter.off(event, handler);
    return this;
  }
  /**
   * Sends a message. Without a connection it waits for one; sent again after a cut it is the same message still. The promise
   * resolves when the server has it on its disk; `pending` is for showing it until then, and so are the events `message:pending`,
   * `message:sent` and `message:failed`.
   *
   * @example
   * ```ts
   * const sending = client.sendMessage({ channel_id: 'channel_1', content: '안녕하세요' })
   * console.log(sending.pending.client_id)
   * const message = await sending
   * console.log(message.message_id)
   * ```
   */
  sendMessage(message) {
    const { channel_id, content, meta } = message;
    const { pending, sent } = this.#session.post(channel_id, content, meta);
    return Object.assign(this.handled(sent), { pending });
  }
  /**
   * Sends a file, over HTTP. An upload that is cut off is tried again and posts once. Browsers tell of the progress, Node
   * when it is done.
   *
   * @example
   * ```ts
   * const file = new File(['hello'], 'hello.txt', { type: 'text/plain' })
   * const message = await client.sendFile({
   *   channel_id: 'channel_1',
   *   file,
   *   on_progress: ({ loaded, total }) => console.log(`${loaded} of ${total}`),
   * })
   * console.log(message.file?.url)
   * ```
   */
  sendFile(upload) {
    return this.handled(this.#upload(upload));
  }
  /**
   * Messages of a channel, the oldest first.
   *
   * @example
   * ```ts
   * const { messages } = await client.getMessages({ channel_id: 'channel_1', limit: 30 })
   * const oldest = messages[0]
   * if (oldest) await client.getMessages({ channel_id: 'channel_1', base_message_id: oldest.message_id })
   * ```
   */
  getMessages({ channel_id, ...query }) {
    return this.ask("GET", at(channel_id, "/messages"), { query });
  }
  /**
   * Changes one's own message. What isn't said stays; `meta` is replaced as a whole.
   *
   * @example
   * ```ts
   * const { message_id } = await client.sendMessage({ channel_id: 'channel_1', content: 'helo' })
   * await client.updateMessage({ channel_id: 'channel_1', message_id, content: 'hello' })
   * ```
   */
  updateMessage(change) {
    return this.#request("update_message", change);
  }
  /**
   * Deletes one's own message, and answers with it as it was; a channel's managers may delete every one.
   *
   * @example
   * ```ts
   * const { message_id } = await client.sendMessage({ channel_id: 'channel_1', content: 'a mistake' })
   * await client.deleteMessage({ channel_id: 'channel_1', message_id })
   * ```
   */
  deleteMessage(named) {
    return this.#request("delete_message", named);
  }
  /**
   * Sets pairs of a message's `meta`; the others stay.
   *
   * @example
   * ```ts
   * const { message_id } = await client.sendMessage({ channel_id: 'channel_1', content: 'pinned' })
   * await client.updateMessageMeta({ channel_id: 'channel_1', message_id, meta: { pinned: true } })
   * ```
   */
  updateMessageMeta(change) {
    const { channel_id, message_id, meta } = change;
    return this.ask("PUT", at(channel_id, `/messages/${message_id}/meta`), { body: { meta } });
  }
  /**
   * Removes pairs of a message's `meta`; all of them where no keys are named.
   *
   * @example
   * ```ts
   * const { message_id } = await client.sendMessage({ channel_id: 'channel_1', content: 'pinned', meta: { pinned: true } })
   * await client.deleteMessageMeta({ channel_id: 'channel_1', message_id })
   * ```
   */
  deleteMessageMeta(named) {
    const { channel_id, message_id, keys } = named;
    return this.ask("DELETE", at(channel_id, `/messages/${message_id}/meta`), { body: keys ? { keys } : {} });
  }
  /**
   * Has read all of the channel.
   *
   * @example
   * ```ts
   * await client.markRead({ channel_id: 'channel_1' })
   * ```
   */
  markRead(named) {
    return this.#request("mark_read", named);
  }
  /**
   * All of the channel's messages have arrived here.
   *
   * @example
   * ```ts
   * await client.markDelivered({ channel_id: 'channel_1' })
   * ```
   */
  markDelivered(named) {
    return this.#request("mark_delivered", named);
  }
  /**
   * Tells the others that one is writing. Call it again every few seconds while it is so.
   *
   * @example
   * ```ts
   * await client.sendTyping({ channel_id: 'channel_1' })
   * ```
   */
  sendTyping(named) {
    return this.#request("send_typing", named);
  }
  /** A promise that nobody looks at must not end the program: what it rejects with is also told by events, or was for its caller alone. */
  handled(promise) {
    promise.catch(() => {
    });
    return promise;
  }
  #request(type, fields) {
    return this.handled(this.#session.request(type, fields));
  }
  #failed(error) {
    this.#emitter.emit("error", error);
    return this.handled(Promise.reject(error));
  }
  async #upload({ channel_id, file, name, content, meta, on_progress }) {
    const form = () => {
      const data = new FormData();
      if (content !== void 0) data.set("content", content);
      if (meta) data.set("meta", JSON.stringify(meta));
      data.set("file", file, name ?? file.name ?? "file");
      return data;
    };
    const headers = { "Idempotency-Key": newClientId() };
    const progress = on_progress ?? (() => {
    });
    for (let tried = 1; ; tried++) {
      try {
        const path = at(channel_id, "/messages");
        const message = await this.rest.upload(path, form, headers, progress);
        progress({ loaded: file.size, total: file.size });
        return message;
      } catch (error) {
        const isCut = error instanceof GitpleLiveError && error.code === errorCodes.connect;
        if (!isCut || tried === uploadTries) throw error;
        const delayMs = this.#environment.random() * 1e3 * 2 ** tried;
        await new Promise((resolve) => this.#environment.setTimeout(resolve, delayMs));
      }
    }
  }
};
function serverUrl(url) {
  if (typeof url !== "string" || !/^https?:\/\/[^/?#]+/i.test(url)) throw invalid("url");
  return url.replace(/\/+$/, "");
}
function invalid(field) {
  return new GitpleLiveError(errorCodes.parameters, `${field} is missing or wrong`);
}
export {
  Client,
  GitpleLiveError,
  version
};
