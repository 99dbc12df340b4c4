// The public API: calls with the token in a header, and a stream of events that resumes.

/** status 0 = the network; code = the API's own stable code. */
export class ApiError extends Error {
	constructor(status, code) {
		super(code);
		Object.assign(this, { status, code });
	}
	get passing() {
		return !this.status || this.status === 408 || this.status >= 500;
	}
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Client {
	constructor(base) {
		this.base = base;
	}

	fetch(method, path, { body, ...more } = {}, headers) {
		return fetch(new URL(`/api/v1/${path}`, this.base), {
			method,
			headers: { ...(body && { 'Content-Type': 'application/json' }), ...(this.token && { Authorization: `Bearer ${this.token}` }), ...headers },
			body: body && JSON.stringify(body),
			credentials: 'omit',
			cache: 'no-store',
			...more,
		});
	}

	async call(method, path, body) {
		let response;
		try {
			response = await this.fetch(method, path, { body, signal: AbortSignal.timeout(60000) });
			if (response.ok) return response.status === 204 ? null : await response.json();
		} catch {
			throw new ApiError(0, 'offline');
		}
		const data = await response.json().catch(() => null);
		throw new ApiError(response.status, data?.error?.code);
	}

	/** A call about this conversation. */
	own(method, path = '', body) {
		return this.call(method, `conversations/${this.id}${path}`, body);
	}

	/** Send with the same client_message_id until it is answered or refused. */
	async send(body) {
		for (let attempt = 0; ; attempt++) {
			try {
				return await this.own('POST', '/messages', body);
			} catch (error) {
				if (!error.passing || attempt === 4) throw error;
				await pause(800 * 2 ** attempt);
			}
		}
	}

	/** Follow the conversation until `stop()`. `on(name, data)`: events, and 'open', 'lost', 'gone' of the connection. */
	async follow(on) {
		this.stop();
		const { signal } = (this.control = new AbortController());
		for (let failures = 0; !signal.aborted; failures++) {
			try {
				const last = this.last && { 'Last-Event-ID': this.last };
				const response = await this.fetch('GET', `conversations/${this.id}/events`, { signal }, last);
				if ([401, 403, 404, 410].includes(response.status)) return on('gone');
				if (response.ok) {
					failures = 0;
					on('open');
					await this.read(response.body.getReader(), on);
				}
			} catch {
				// Lost: said below, tried again.
			}
			if (signal.aborted) return;
			on('lost');
			await pause(Math.min(20000, 600 * 2 ** failures) * (0.7 + Math.random() * 0.6));
		}
	}

	async read(reader, on) {
		const decoder = new TextDecoder();
		for (let buffer = ''; ; ) {
			const silence = setTimeout(() => reader.cancel(), 60000);
			const { done, value } = await reader.read().finally(() => clearTimeout(silence));
			if (done) return;
			const blocks = (buffer + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
			buffer = blocks.pop();
			for (const block of blocks) this.event(block, on);
		}
	}

	event(block, on) {
		const fields = Object.fromEntries(block.split(/\r?\n/).map((line) => line.split(/: ?(.*)/)));
		this.last = fields.id || this.last;
		if (fields.data) on(fields.event || 'message', JSON.parse(fields.data));
	}

	stop() {
		this.control?.abort();
	}
}

/** What outlives a reload; in discreet mode in this tab only. */
export class Memory {
	constructor(name) {
		this.name = name;
		this.data = {};
		this.each((store) => (this.data = JSON.parse(store.getItem(name)) || this.data));
	}

	/** A store may be forbidden, full or unreadable: then the page alone remembers. */
	each(work) {
		for (const kind of ['sessionStorage', 'localStorage']) {
			try {
				work(window[kind], kind);
			} catch {
				continue;
			}
		}
	}

	save(changes) {
		Object.assign(this.data, changes);
		const wanted = this.data.discreet ? 'sessionStorage' : 'localStorage';
		this.each((store, kind) => (kind === wanted ? store.setItem(this.name, JSON.stringify(this.data)) : store.removeItem(this.name)));
	}

	wipe() {
		this.data = {};
		this.each((store) => store.removeItem(this.name));
	}
}
