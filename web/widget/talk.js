// One conversation: what is asked, sent, received and kept. How it looks is the element's (wenlu.js).
import { ApiError } from './client.js';
import { button, h } from './render.js';

// randomUUID is missing on plain http.
const unique = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export class Talk extends HTMLElement {
	get kept() {
		return this.memory.data;
	}

	async begin(agree) {
		agree.disabled = true;
		await this.attempt(async () => this.enter(await this.client.call('POST', 'conversations', { language: this.code, consent: true })));
		agree.disabled = false;
	}

	enter({ id, token }) {
		this.memory.save({ id, token, language: this.code });
		this.build();
		this.resume();
		this.input.focus();
	}

	async resume() {
		Object.assign(this.client, { id: this.kept.id, token: this.kept.token, last: null });
		this.pending = (this.kept.pending || []).map((body) => ({ body }));
		this.pending.forEach((entry) => this.bubble(entry));
		await this.catchUp();
		if (!this.kept.id) return;
		this.retryAll();
		this.client.follow((name, data) => this.event(name, data));
	}

	event(name, data) {
		if (name === 'message') this.receive(data, true);
		else if (name === 'typing') this.think(data.on);
		else if (name === 'holder') this.hold(data.holder, data.place);
		else if (name === 'language' && data.language && data.language !== this.code) {
			this.memory.save({ language: data.language });
			this.speak(data.language);
		} else if (name === 'gone' || name === 'erased') this.gone();
		else if (name === 'moved') this.gone(this.kept.draft, name);
		else if (name === 'lost') this.lost ||= setTimeout(() => this.say(this.t('offline')), 2500);
		else if (name === 'open') {
			clearTimeout(this.lost);
			this.lost = null;
			this.status();
			this.catchUp();
		}
	}

	async catchUp() {
		let after = 0;
		while (this.messages.has(after + 1)) after++;
		try {
			const data = await this.client.own('GET', `/messages?after=${after}`);
			data.messages.forEach((message) => this.receive(message));
			this.hold(data.holder);
		} catch (error) {
			if (error.passing) this.say(this.t('offline'));
			else this.gone();
		}
	}

	receive(message, live) {
		const { seq, role, handoff, emergency, text } = message;
		if (this.messages.has(seq)) return;
		this.$('.hello .buttons')?.remove();
		this.messages.set(seq, message);
		if (role === 'resident') {
			const own = this.pending.find((entry) => !entry.seq && (entry.body.text ?? entry.title) === text);
			own?.node?.remove();
			if (own) own.seq = seq;
		}
		if (handoff) this.hold({ queued: 'queue', with_mediator: 'mediator', returned: 'bot' }[handoff.stage], handoff.place);
		if (emergency?.kind === 'domestic-violence' && !this.kept.discreet) {
			this.memory.save({ discreet: true });
			this.build();
		} else this.place(message);
		if (role === 'resident') return;
		this.think(false);
		if (live) this.notify();
		if (!this.fresh?.isConnected || Date.now() - this.since > 4000) this.fresh = this.$(`[data-seq="${seq}"]`);
		this.since = Date.now();
		this.scroll();
	}

	ask() {
		const text = this.input.value.trim();
		if (!text) return;
		// A code typed as if it were a message; sent again, it is one.
		if (text !== this.asked && /^(\p{Nd}[\s-]?){8}$/u.test(text) && this.t('carry.bring')) return this.more('bring', (this.asked = text));
		this.input.value = '';
		this.input.oninput();
		this.post({ text });
	}

	choose = ({ payload, title }) => this.post({ choice: payload }, title);

	post(body, title) {
		const entry = { body: { client_message_id: unique(), ...body }, title };
		this.fresh = null;
		this.pending.push(entry);
		this.keep();
		this.bubble(entry);
		return this.deliver(entry);
	}

	keep() {
		this.memory.save({ pending: this.pending.map(({ body }) => body) });
	}

	bubble(entry) {
		const text = entry.body.text ?? entry.title;
		this.$('.hello .buttons')?.remove();
		if (entry.seq || !text) return;
		entry.note = h('span.note', { role: 'status' });
		entry.node = h('div.m.resident', h('div.bubble', { dir: 'auto' }, text), entry.note);
		this.log.insertBefore(entry.node, this.thinking);
		this.scroll();
	}

	async deliver(entry) {
		if (entry.busy) return;
		entry.busy = true;
		entry.note?.replaceChildren();
		this.think(this.holder !== 'mediator');
		try {
			const data = await this.client.send(entry.body);
			data.messages.forEach((message) => this.receive(message));
			this.hold(data.holder);
			if (!entry.seq) await this.catchUp();
			this.drop(entry);
		} catch (error) {
			this.refuse(entry, error);
		}
		entry.busy = false;
		this.think(false);
	}

	drop(entry) {
		entry.node?.remove();
		this.pending = this.pending.filter((other) => other !== entry);
		this.keep();
	}

	refuse(entry, error) {
		const { text } = entry.body;
		if ([401, 404, 410].includes(error.status)) return this.gone(text);
		if (error.passing || error.status === 429) return entry.note?.replaceChildren(h('span.fail', this.why(error)), ' ', button('.link', () => this.deliver(entry), this.t('retry')));
		this.drop(entry);
		if (text && !this.input.value) {
			this.input.value = text;
			this.input.oninput();
		}
		return this.fail(error);
	}

	retryAll() {
		this.pending.forEach((entry) => this.deliver(entry));
	}

	/** Do something; say it in the resident's language when it fails. */
	async attempt(work) {
		try {
			await work();
		} catch (error) {
			this.fail(error);
		}
	}

	person() {
		this.fresh = null;
		return this.attempt(async () => (await this.client.own('POST', '/handoff', {})).messages.forEach((message) => this.receive(message)));
	}

	confirmHandoff = async (lines, form, yes) => {
		form.inert = true;
		await this.attempt(async () => {
			if (Object.keys(lines).length) await this.client.own('PUT', '/handoff', { lines });
			await this.choose(yes);
		});
		form.inert = false;
	};

	feedback = (message, helpful, comment) => this.attempt(() => this.client.own('POST', '/feedback', { message_id: message.id, helpful, ...(comment && { comment }) }));

	reset(draft) {
		this.client.stop();
		this.client.token = null;
		this.messages.clear();
		this.pending = [];
		this.holder = 'bot';
		const { discreet } = this.kept;
		this.memory.wipe();
		this.memory.save({ language: this.code, open: this.open, draft, discreet });
		this.build();
		this.$('.consent .solid')?.focus();
	}

	gone(draft = this.kept.draft, code = 'gone') {
		this.reset(draft);
		this.fail(new ApiError(404, code));
	}
}
