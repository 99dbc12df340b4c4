// <wenlu-chat>: the resident's window. One script tag is enough:
//   <script type="module" src="https://HOST/widget/wenlu.js" data-language="fr"></script>
import { ApiError, Client, Memory } from './client.js';
import { RTL, Renderer, button, h, icon, link } from './render.js';
import { CSS } from './style.js';
import { Talk } from './talk.js';

const BASE = new URL('/', import.meta.url);
const CURATED = ['zh', 'en', 'ja', 'ko', 'fr', 'es', 'ru', 'ar'];
const UNDERSTOOD = ['de', 'pt', 'vi', 'it', 'tr', 'hi', 'id', 'th', 'fa', 'uk', 'ur'];
// Where the quick exit leads: a page that says nothing about the visitor. Another one: the attribute `exit`.
const NEUTRAL = 'https://www.weather.com.cn/';

const known = (tag) => [...CURATED, ...UNDERSTOOD].find((code) => code === tag?.toLowerCase().split(/[-_]/)[0]);
const named = (code, language) => new Intl.DisplayNames([language], { type: 'language' }).of(code);

class WenluChat extends Talk {
	async connectedCallback() {
		if (this.shadowRoot) return;
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(CSS);
		this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
		this.memory = new Memory(`wenlu:${BASE.host}`);
		this.client = new Client(BASE);
		this.render = new Renderer(this);
		this.messages = new Map();
		this.pending = [];
		this.unread = 0;
		this.holder = 'bot';
		this.floating = !this.hasAttribute('inline');
		this.open = !this.floating || !!this.kept.open;
		addEventListener('online', () => this.retryAll());
		addEventListener('keydown', (event) => event.key === 'Escape' && this.escape(event));
		document.addEventListener('visibilitychange', () => document.hidden || this.read());
		await this.speak(this.kept.language || known(this.getAttribute('language')) || navigator.languages.map(known).find(Boolean) || 'en');
		if (this.kept.id) this.resume();
	}

	// Words

	t = (key, values) => (this.words[`widget.${key}`] || '').replace(/\{(\w+)\}/g, (all, name) => values?.[name] ?? all);
	url = (path) => new URL(path, BASE).href;
	name = (code) => named(code, this.code);
	date = (iso) => new Intl.DateTimeFormat(`${this.code}-u-nu-latn-ca-gregory`, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso));

	async speak(code) {
		this.code = code;
		try {
			this.words = await this.client.call('GET', `widget/${code}`);
		} catch {
			this.words ||= {};
		}
		this.build();
	}

	async changeLanguage(code) {
		this.memory.save({ language: code });
		if (this.kept.id) this.client.own('PUT', '/language', { language: code }).catch((error) => error.code === 'language_unknown' || this.fail(error));
		await this.speak(code);
		this.$('select').focus();
	}

	// Building

	$ = (selector) => this.shadowRoot.querySelector(selector);

	build() {
		const { t, kept, floating } = this;
		const spoken = t('catalog') || this.code;
		this.label = t(kept.discreet ? 'discreet.title' : 'title');
		const writing = this.$('.row :focus');
		const root = h(`div.root.${floating ? 'float' : 'inline'}`, { dir: RTL.includes(spoken) ? 'rtl' : 'ltr', lang: spoken });
		this.log = h('div.log', { role: 'log', 'aria-live': 'polite', 'aria-label': t('log'), tabindex: 0 });
		this.banner = h('div.banner', { role: 'status' });
		this.thinking = h('div.m', { hidden: true, role: 'status' }, h('div.bubble', h('span.sr', t('typing')), h('span.dots', h('i'), h('i'), h('i'))));
		this.panel = h('section.panel', { role: floating ? 'dialog' : 'region', 'aria-label': this.label, hidden: !this.open }, this.header(), this.banner, this.log, this.composer());
		this.dialog = h('dialog', { 'aria-label': this.label });
		if (floating) {
			this.badge = h('span.badge', { hidden: true });
			this.launcher = button('.launcher', () => this.toggle(true), [icon(kept.discreet ? 'note' : 'mark'), kept.discreet ? this.label : t('launcher'), this.badge], { hidden: this.open });
			root.append(this.launcher);
		} else if (kept.discreet) {
			document.title = this.label;
			document.documentElement.classList.add('discreet');
		}
		root.append(this.panel, this.dialog);
		this.shadowRoot.replaceChildren(root);
		this.fill();
		this.status();
		if (writing) this.input.focus();
	}

	header() {
		const { t, kept } = this;
		const option = (code) => h('option', { value: code, lang: code, selected: code === this.code }, named(code, code));
		const onchange = ({ target }) => this.changeLanguage(target.value);
		const item = (key, work) => button('', () => ((menu.open = false), menu.firstChild.focus(), work()), t(key));
		const more = (key, name) => item(key, () => this.more(name));
		const menu = h(
			'details.menu',
			{ onfocusout: ({ relatedTarget }) => relatedTarget && !menu.contains(relatedTarget) && (menu.open = false) },
			h('summary.icon', { 'aria-label': t('menu') }, icon('menu')),
			h(
				'div',
				kept.id && [item('person', () => this.person()), more('export', 'save'), more('start_over', 'startOver')],
				t('carry.take') && [kept.id && more('carry.take', 'take'), more('carry.bring', 'bring')],
				this.privacy('privacy'),
			),
		);
		this.state = h('p');
		return h(
			'header',
			h('div.mark', icon(kept.discreet ? 'note' : 'mark')),
			h('div.who', h('h2', this.label), this.state),
			kept.discreet && button('.exit', () => this.leave(), t('exit'), { title: t('exit_hint') }),
			h('div.lang', icon('globe'), h('select', { 'aria-label': t('language'), onchange }, CURATED.map(option), h('optgroup', { label: t('more_languages') }, UNDERSTOOD.map(option)))),
			menu,
			this.floating && button('.icon', () => this.toggle(false), icon('close'), { 'aria-label': t('close') }),
		);
	}

	privacy(key) {
		return link(this.url(`/privacy?language=${this.code}`), this.t(key));
	}

	composer() {
		const { t } = this;
		const input = (this.input = h('textarea', { rows: 1, 'aria-label': t('input'), placeholder: t('input'), dir: 'auto', enterkeyhint: 'send' }));
		input.value = this.kept.draft || '';
		input.oninput = () => {
			this.memory.save({ draft: input.value });
			this.grow();
		};
		const onsubmit = (event) => {
			event.preventDefault();
			this.ask();
		};
		input.onkeydown = (event) => {
			if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) onsubmit(event);
		};
		return h(
			'form.composer',
			{ onsubmit, hidden: !this.kept.id },
			h('div.row', input, h('button.solid', { 'aria-label': t('send') }, icon('send'))),
			h('div.foot', button('', () => this.person(), [icon('person'), t('person')]), h('span', t('standing'))),
		);
	}

	grow() {
		this.input.style.height = 'auto';
		this.input.style.height = `${this.input.scrollHeight}px`;
	}

	fill() {
		const { t, kept, log } = this;
		if (!this.words['widget.title']) log.append(button('.solid', () => this.speak(this.code), t('retry') || '↻'));
		else if (!kept.id) log.append(this.consent());
		else {
			const chips = [1, 2, 3, 4].map((n) => t(`example.${n}`)).map((text) => button('.chip', () => this.post({ text }), text));
			log.append(h('div.m.hello', h('div.bubble', t('welcome')), !this.messages.size && !this.pending.length && h('div.buttons', chips)));
			log.append(this.thinking);
			[...this.messages.values()].sort((a, b) => a.seq - b.seq).forEach((message) => this.place(message));
			this.pending.forEach((entry) => this.bubble(entry));
			this.grow();
			this.scroll();
		}
	}

	consent() {
		const { t } = this;
		const agree = button('.solid', () => this.begin(agree), t('consent.agree'));
		return h('div.intro.consent', h('h3', t('consent.title')), this.terms(), agree, t('carry.bring') && button('.link', () => this.more('bring'), t('carry.bring')));
	}

	terms() {
		const days = this.getAttribute('retention-days') || 180;
		const lines = ['advice', 'kept', 'anonymous', 'duration'].map((key) => h('li', icon('check'), h('span', this.t(`consent.${key}`, { days }))));
		return [h('ul', lines), this.privacy('consent.link')];
	}

	place(message) {
		const { log } = this;
		const node = this.render.message(message);
		node.dataset.seq = message.seq;
		const later = [...log.querySelectorAll('[data-seq]')].find((other) => other.dataset.seq > message.seq * 1);
		log.insertBefore(node, later || log.querySelector('.m:not([data-seq], .hello)'));
		// Only the newest packet can still be confirmed.
		if (message.handoff && message.handoff.stage !== 'offered') log.querySelectorAll('.packet').forEach((form) => node.contains(form) || form.remove());
	}

	/** To the end; or, when what is new is longer than the window, to where it begins. */
	scroll() {
		const { log, fresh } = this;
		log.scrollTop = log.contains(fresh) ? fresh.offsetTop - 12 : log.scrollHeight;
	}

	/** What is loaded when it is wanted. */
	more(name, given) {
		return this.attempt(async () => (await import('./more.js'))[name](this, given));
	}

	popup(...content) {
		this.dialog.className = '';
		this.dialog.replaceChildren(...content);
		this.dialog.showModal();
	}

	enlarge = (sentence) => {
		this.popup(h('p', { lang: 'zh-CN', dir: 'ltr' }, sentence), button('.chip', () => this.dialog.close(), this.t('close')));
		this.dialog.className = 'big';
	};

	// What is shown around the conversation

	think(on) {
		clearTimeout(this.quiet);
		this.thinking.hidden = !on;
		if (!on) return;
		this.log.append(this.thinking);
		this.scroll();
		this.quiet = setTimeout(() => this.think(false), 60000);
	}

	hold(holder, place) {
		this.queue = place || this.queue;
		this.holder = holder || this.holder;
		this.status();
	}

	status() {
		const { t, holder, queue } = this;
		this.state.textContent = this.kept.discreet ? '' : t(`status.${holder}`);
		this.say(holder === 'queue' ? t(queue ? 'status.place' : 'status.waiting', { place: queue }) : holder === 'mediator' && t('status.with_person'), true);
	}

	say(text, calm) {
		this.banner.className = calm ? 'banner ok' : 'banner';
		this.banner.textContent = text || '';
	}

	why({ code, status, passing }) {
		return this.t(`error.${status === 413 ? 'text_too_long' : code}`) || this.t(passing ? 'error.unavailable' : 'error.generic');
	}

	fail(error) {
		if (!(error instanceof ApiError)) console.error(error);
		this.say(this.why(error));
		clearTimeout(this.calm);
		this.calm = setTimeout(() => this.status(), 9000);
	}

	notify() {
		if (this.open && !document.hidden) return;
		this.unread++;
		this.mark();
	}

	read() {
		this.unread = 0;
		this.mark();
	}

	/** How much is unread; nothing but a dot where others may look. */
	mark() {
		const { unread, badge, kept } = this;
		if (badge) {
			badge.hidden = !unread;
			badge.textContent = kept.discreet ? '•' : unread;
		} else if (!kept.discreet) document.title = (unread ? `(${unread}) ` : '') + document.title.replace(/^\(\d+\) /, '');
	}

	toggle(open) {
		this.open = open;
		this.panel.hidden = !open;
		this.launcher.hidden = open;
		this.memory.save({ open });
		if (!open) return this.launcher.focus();
		this.read();
		this.scroll();
		return (this.kept.id ? this.input : this.$('.consent .solid'))?.focus();
	}

	escape(event) {
		const menu = this.$('.menu');
		const now = Date.now();
		if (this.kept.discreet && now - this.escaped < 1200) return this.leave();
		this.escaped = now;
		if (menu?.open) menu.open = false;
		else if (this.floating && this.open && !this.dialog.open && !this.kept.discreet && event.composedPath().includes(this)) this.toggle(false);
	}

	/** Out of here at once: nothing stays on this device, and the back button does not return. */
	leave() {
		this.hidden = true;
		this.client.stop();
		this.memory.wipe();
		location.replace(this.getAttribute('exit') || NEUTRAL);
	}
}

customElements.define('wenlu-chat', WenluChat);

if (!document.querySelector('wenlu-chat')) {
	const { dataset } = [...document.scripts].find(({ src }) => src === import.meta.url) || {};
	document.body.append(h('wenlu-chat', { language: dataset?.language, exit: dataset?.exit }));
}
