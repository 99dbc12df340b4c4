// The public API as the widget uses it: calls with a token in a header, and a stream of events that resumes.

/** status 0 = the network; code = the API's own stable code. */
export class ApiError extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
  get passing() {
    return this.status === 0 || this.status === 408 || this.status >= 500;
  }
}

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Client {
  constructor(base) {
    this.base = base;
    this.lastEvent = null;
  }

  url(path) {
    return new URL(path, this.base).href;
  }

  get home() {
    return `/api/v1/conversations/${this.id}`;
  }

  async call(method, path, body) {
    let response;
    try {
      response = await fetch(this.url(path), {
        method,
        headers: {
          ...(body && { 'Content-Type': 'application/json' }),
          ...(this.token && { Authorization: `Bearer ${this.token}` }),
        },
        body: body && JSON.stringify(body),
        credentials: 'omit',
        signal: AbortSignal.timeout(60000),
      });
      if (response.ok) return response.status === 204 ? null : await response.json();
    } catch {
      throw new ApiError(0, 'offline');
    }
    const data = await response.json().catch(() => null);
    throw new ApiError(response.status, data?.error?.code || 'unknown');
  }

  /** Send with the same client_message_id until it is answered or refused. */
  async send(body) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.call('POST', `${this.home}/messages`, body);
      } catch (error) {
        if (!error.passing || attempt === 4) throw error;
        await pause(800 * 2 ** attempt);
      }
    }
  }

  /** Follow the conversation until `stop()`. `on(name, data)`: events, and 'open' / 'lost' / 'gone' of the connection. */
  async follow(on) {
    this.stop();
    const control = (this.control = new AbortController());
    for (let failures = 0; !control.signal.aborted; ) {
      try {
        const response = await fetch(this.url(`${this.home}/events`), {
          headers: {
            Authorization: `Bearer ${this.token}`,
            Accept: 'text/event-stream',
            ...(this.lastEvent && { 'Last-Event-ID': this.lastEvent }),
          },
          credentials: 'omit',
          cache: 'no-store',
          signal: control.signal,
        });
        if ([401, 403, 404, 410].includes(response.status)) return on('gone');
        if (!response.ok) throw new ApiError(response.status, 'events');
        failures = 0;
        on('open');
        await this.read(response.body.getReader(), on);
      } catch {
        // Lost: told below, tried again.
      }
      if (control.signal.aborted) return;
      on('lost');
      await pause(Math.min(20000, 600 * 2 ** failures++) * (0.7 + Math.random() * 0.6));
    }
  }

  async read(reader, on) {
    const decoder = new TextDecoder();
    let buffer = '';
    for (;;) {
      const silence = setTimeout(() => reader.cancel(), 60000);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      const blocks = buffer.split(/\r?\n\r?\n/);
      buffer = blocks.pop();
      for (const block of blocks) this.event(block, on);
    }
  }

  event(block, on) {
    let name = 'message';
    let data = '';
    for (const line of block.split(/\r?\n/)) {
      const [, field, value] = /^(\w+): ?(.*)$/.exec(line) || [];
      if (field === 'event') name = value;
      else if (field === 'id') this.lastEvent = value;
      else if (field === 'data') data += value;
    }
    if (!data) return;
    try {
      on(name, JSON.parse(data));
    } catch (error) {
      console.error('wenlu: event', name, error);
    }
  }

  stop() {
    this.control?.abort();
  }
}

/** What outlives a reload. In discreet mode only this tab remembers. */
export class Memory {
  constructor(name) {
    this.name = name;
    this.data = this.load();
  }

  stores() {
    try {
      return [sessionStorage, localStorage];
    } catch {
      return [];
    }
  }

  load() {
    for (const store of this.stores()) {
      try {
        const data = JSON.parse(store.getItem(this.name));
        if (data) return data;
      } catch {
        // Unreadable is the same as nothing kept.
      }
    }
    return {};
  }

  save(changes) {
    Object.assign(this.data, changes);
    const [tab, device] = this.stores();
    const discreet = this.data.discreet;
    try {
      (discreet ? device : tab)?.removeItem(this.name);
      (discreet ? tab : device)?.setItem(this.name, JSON.stringify(this.data));
    } catch {
      // A full or forbidden store: the conversation lives in memory only.
    }
  }

  forget(keep = {}) {
    for (const store of this.stores()) store.removeItem(this.name);
    this.data = {};
    this.save(keep);
  }

  wipe() {
    this.data = {};
    for (const store of this.stores()) store.removeItem(this.name);
  }
}
