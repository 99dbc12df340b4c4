// Messages as DOM. Content is text, never markup.

export const RTL = ['ar', 'fa', 'ur'];

/** h('a.chip', {href}, 'text', node): an element. `on…` are listeners; what is empty is left out. */
export function h(name, ...children) {
	const props = children[0]?.constructor === Object ? children.shift() : {};
	const [tag, ...classes] = name.split('.');
	const element = document.createElement(tag);
	if (classes[0]) element.className = classes.join(' ');
	for (const [key, value] of Object.entries(props)) {
		if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
		else if (value || value === 0) element.setAttribute(key, value === true ? '' : value);
	}
	element.append(...children.flat().filter((child) => child || child === 0));
	return element;
}

export const link = (href, text, props) => h('a', { href, target: '_blank', rel: 'noopener', ...props }, text);

/** `look`: classes, as '.chip'. */
export const button = (look, onclick, content, props) => h(`button${look}`, { type: 'button', onclick, ...props }, content);

const PATHS = {
	mark: 'M12 3v18M12 5h7l2 2.5-2 2.5h-7M12 11H6l-2 2.5L6 16h6',
	person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0',
	send: 'M4 12h15M13 6l6 6-6 6',
	close: 'M6 6l12 12M18 6L6 18',
	menu: 'M4.5 12h1M11.5 12h1M18.5 12h1',
	globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c3 3 3.5 6 3.5 9S15 18 12 21c-3-3-3.5-6-3.5-9S9 6 12 3Z',
	place: 'M12 21s-7-6-7-11a7 7 0 0 1 14 0c0 5-7 11-7 11Z',
	check: 'M5 12.5l4.5 4.5L19 7.5',
	up: 'M7 11v9H4v-9h3Zm0 0l4-8c2 0 3 1 3 3v3h5l1 1-2 9-1 1H7',
	down: 'M17 13V4h3v9h-3Zm0 0l-4 8c-2 0-3-1-3-3v-3H5l-1-1 2-9 1-1h10',
	note: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7',
};

export function icon(name) {
	const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
	const path = document.createElementNS(svg.namespaceURI, 'path');
	svg.setAttribute('viewBox', '0 0 24 24');
	svg.setAttribute('aria-hidden', 'true');
	path.setAttribute('d', PATHS[name]);
	svg.append(path);
	return svg;
}

const inline = (text) =>
	text.split(/(\*\*.+?\*\*|☎ \+?[\d ]+\d)/).map((part, i) => (!(i % 2) ? part : part[0] === '*' ? h('strong', part.slice(2, -2)) : link(`tel:${part.slice(2)}`, part, { dir: 'ltr' })));
const items = (lines) => lines.map((line) => h('li', inline(line)));

/** Light Markdown: paragraphs, lists, bold; ☎ numbers. */
export function markdown(text, props) {
	const box = h('div.text', props);
	for (const block of (text || '').split(/\n\s*\n/)) {
		let last = null;
		for (const line of block.split('\n').filter((each) => each.trim())) {
			const [, bullet, item] = /^\s*([-*•]|\d+[.)])\s+(.*)$/.exec(line) || [];
			const kind = !bullet ? 'p' : /\d/.test(bullet) ? 'ol' : 'ul';
			const fresh = last?.localName !== kind;
			if (fresh) box.append((last = h(kind, kind === 'ol' && { start: parseInt(bullet) })));
			if (bullet) last.append(...items([item]));
			else last.append(...(fresh ? [] : [h('br')]), ...inline(line.replace(/^#+\s+/, '')));
		}
	}
	return box;
}

const tongue = (language) => ({ lang: language, dir: RTL.includes(language) ? 'rtl' : 'ltr' });

/** `ui`: the widget. */
export class Renderer {
	constructor(ui) {
		this.ui = ui;
	}

	message(message) {
		const { t } = this.ui;
		const { role, answer, emergency, handoff, original, path, untranslated } = message;
		const sections = answer?.sections || [];
		const box = h(`div.m.${role}`);
		if (role === 'mediator') box.append(h('div.by', icon('person'), t('message.person')));
		else box.append(h('span.sr', t(role === 'resident' ? 'message.you' : 'message.assistant')));
		if (emergency) box.append(this.emergency(message));
		else if (sections.length) box.append(...sections.map((each) => this.section(each)), h('p.note', t('answer.disclaimer')));
		else if (message.text && !handoff?.packet) box.append(h('div.bubble', this.plain(message)));
		if (path) box.append(link(this.ui.url(path.url), t('path.page')));
		if (original) box.append(h('span.tongue', t('answer.machine')), this.original(original));
		if (untranslated) box.append(h('span.tongue', t('answer.untranslated')));
		if (handoff?.packet) box.append(this.packet(message));
		else box.append(...this.buttons(message.buttons, sections.length));
		if (sections.length) box.append(this.feedback(message));
		return box;
	}

	plain(message) {
		if (message.role === 'resident') return h('div', { dir: 'auto' }, message.text);
		const props = tongue(message.language || this.ui.code);
		const [label, card] = message.text.split('\n\n');
		// The card for a passer-by.
		if (card && this.ui.messages.get(message.seq - 1)?.emergency) return h('div', props, h('h4', label), this.show(card));
		return markdown(message.text, props);
	}

	/** Larger at a touch. */
	show(sentence) {
		return button('.show', () => this.ui.enlarge(sentence), sentence, { lang: 'zh-CN', dir: 'ltr' });
	}

	buttons(all = [], answered) {
		const shown = all.filter(({ payload }) => !(answered && payload.startsWith('feedback')));
		const chips = h('div.buttons', shown.map((each) => button('.chip', () => this.ui.choose(each), each.title, { dir: 'auto' })));
		if (!shown.length) return [];
		return answered && shown.some(({ payload }) => payload.startsWith('section:')) ? [h('p.note', this.ui.t('answer.see_also')), chips] : [chips];
	}

	section(section) {
		const { t, date, code } = this.ui;
		const { language, basis, next_steps: steps, effective_from: from } = section;
		const props = tongue(language);
		const marks = [language !== code && t('answer.shown_in', { language: this.ui.name(language) }), section.translation === 'machine' && t('answer.machine')];
		const source = ({ title }) => link(this.ui.url(section.url), title, props);
		return h(
			'article.card',
			marks.map((mark) => mark && h('span.tongue', mark)),
			h('h3', props, section.title),
			markdown(section.text, props),
			steps?.length && h('div.steps', h('h4', t('answer.next')), h('ol', props, items(steps))),
			section.original && this.original(section.original),
			basis?.length && h('div', h('h4', t('answer.basis')), h('div.basis', basis.map(source))),
			h(
				'div.meta',
				h('span', icon('place'), t(`jurisdiction.${section.jurisdiction}`)),
				h('span', icon('check'), t('answer.verified', { date: date(section.verified_on) })),
				from && h('span', t('answer.from', { date: date(from) })),
			),
		);
	}

	original({ language, text }) {
		return h('details.more', h('summary', this.ui.t('answer.original')), markdown(text, tongue(language)));
	}

	emergency({ text, emergency: { numbers, kind } }) {
		const { t } = this.ui;
		const call = (number) =>
			h('a', { href: `${number === '12110' ? 'sms' : 'tel'}:${number}`, 'aria-label': t('emergency.call', { number }) }, h('b', { dir: 'ltr' }, number), t(`emergency.${number}`));
		return h('article.card.emergency', { role: 'alert', 'data-kind': kind }, h('h3', text.split('\n\n')[0]), h('div.tel', numbers.map(call)));
	}

	feedback(message) {
		const { t, feedback } = this.ui;
		const row = h('div.fb', { role: 'group', 'aria-label': t('feedback.ask') }, t('feedback.ask'));
		const done = () => row.replaceChildren(h('span', { role: 'status' }, t('feedback.thanks')));
		const no = async () => {
			await feedback(message, false);
			const input = h('input', { 'aria-label': t('feedback.comment'), placeholder: t('feedback.comment') });
			const onsubmit = async (event) => {
				event.preventDefault();
				if (input.value.trim()) await feedback(message, false, input.value.trim());
				done();
			};
			row.replaceChildren(h('form', { onsubmit }, input, h('button.chip', t('send'))));
			input.focus();
		};
		const thumb = (name, onclick, title) => button('.icon', onclick, icon(name), { 'aria-label': title, title });
		row.append(thumb('up', () => feedback(message, true).then(done), t('feedback.yes')), thumb('down', no, t('feedback.no')));
		return row;
	}

	/** What will be passed on: each line can be changed and removed before anybody sees it. */
	packet({ handoff, buttons }) {
		const { t, choose, confirmHandoff } = this.ui;
		const { lines, notice, desk } = handoff.packet;
		const [yes, no] = ['confirm', 'cancel'].map((name) => buttons.find(({ payload }) => payload === `handoff:${name}`));
		const fields = lines.map((line) => this.line(line));
		const onsubmit = (event) => {
			event.preventDefault();
			const changes = fields.map(({ key, change }) => [key, change()]).filter(([, value]) => value !== undefined);
			confirmHandoff(Object.fromEntries(changes), form, yes);
		};
		const form = h(
			'form.card.packet',
			{ onsubmit },
			h('h3', t('handoff.title')),
			h('p', t('handoff.intro')),
			fields.map(({ element }) => element),
			h('div.notice', h('strong', t('handoff.notice')), notice.map((line) => h('p', line))),
			desk && h('p.note', !desk.open && h('strong', `${t('handoff.closed')} `), t('handoff.hours', { hours: desk.hours })),
			yes && h('div.buttons', h('button.solid', yes.title), no && button('.chip', () => choose(no), no.title)),
		);
		return form;
	}

	line({ key, label, text }) {
		const { t } = this.ui;
		const contact = key === 'contact';
		// A contact that says "none" is no contact.
		const before = contact && !/[@\d]/.test(text) ? '' : text || '';
		const area = contact ? h('input', { autocomplete: 'email', inputmode: 'email', placeholder: t('handoff.contact_hint'), dir: 'auto' }) : h('textarea', { rows: 1 + before.length / 48, dir: 'auto' });
		area.value = before;
		const remove = () => {
			area.value = '';
			area.focus();
		};
		const element = h('div.field', { 'data-key': key }, h('label', label, area), !contact && button('.link', remove, t('handoff.remove'), { 'aria-label': `${t('handoff.remove')}: ${label}` }));
		const change = () => (area.value.trim() === before ? undefined : area.value.trim() || null);
		return { key, element, change };
	}
}
