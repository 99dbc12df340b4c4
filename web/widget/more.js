// What the menu does: saving, starting over, a code that takes the conversation to WeChat, one that brings it here.
// Loaded when it is first wanted.
import { button, h } from './render.js';

const STYLE = 'dialog .intro{margin-block-start:10px}.code{font-size:36px;font-weight:700;letter-spacing:.06em;text-align:center}label input{margin-block-start:4px;font-size:24px;letter-spacing:.06em;color:var(--ink)}';

/** Show a dialog, read out under its heading. */
function popup(ui, heading, ...content) {
	const { dialog, label } = ui;
	ui.popup(h('h3', heading), ...content);
	dialog.setAttribute('aria-label', heading);
	dialog.addEventListener('close', () => dialog.setAttribute('aria-label', label), { once: true });
	return dialog;
}

function dress({ shadowRoot }) {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(STYLE);
	shadowRoot.adoptedStyleSheets = [shadowRoot.adoptedStyleSheets[0], sheet];
}

export async function save(ui) {
	const data = JSON.stringify(await ui.client.own('GET', '/export'), null, 2);
	const link = h('a', { href: URL.createObjectURL(new Blob([data], { type: 'application/json' })), download: 'conversation.json' });
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

export function startOver(ui) {
	const { t } = ui;
	const erase = async () => {
		dialog.close();
		const error = await ui.client.own('DELETE').catch((reason) => reason);
		if (error?.passing) ui.fail(error);
		else ui.reset();
	};
	const choices = h('div.buttons', button('.solid', erase, t('start_over.yes')), button('.chip', () => dialog.close(), t('start_over.no')));
	const dialog = popup(ui, t('start_over.title'), h('p', t('start_over.text')), choices);
}

/** A code with which WeChat takes over, and until when it is good. */
export async function take(ui) {
	const { t, code: language } = ui;
	const { code, expires_at: end } = await ui.client.own('POST', '/code');
	const time = new Intl.DateTimeFormat(`${language}-u-nu-latn`, { timeStyle: 'short' }).format(new Date(end));
	const copied = h('span.note', { role: 'status' });
	const copy = () => navigator.clipboard.writeText(code).then(() => copied.replaceChildren(t('carry.copied')), console.error);
	dress(ui);
	const dialog = popup(
		ui,
		t('carry.take'),
		h('p', t('carry.take.how')),
		// Digit by digit for whoever listens.
		h('p.code', { dir: 'ltr' }, h('span', { 'aria-hidden': 'true' }, code), h('span.sr', [...code].join(' '))),
		h('p', t('carry.take.until', { time })),
		h('p.note', t('carry.take.moves')),
		h('div.buttons', navigator.clipboard && button('.solid', copy, t('carry.copy')), button('.chip', () => dialog.close(), t('close')), copied),
	);
}

/** A code from WeChat brings its conversation here. Who has not agreed yet agrees with it. */
export function bring(ui, typed = '') {
	const { t, kept } = ui;
	const input = h('input', { inputmode: 'numeric', autocomplete: 'off', autofocus: true, required: true, maxlength: 40, dir: 'ltr' });
	const note = h('p.fail', { role: 'alert' });
	const onsubmit = async (event) => {
		event.preventDefault();
		form.inert = true;
		try {
			await move(ui, await ui.client.call('POST', 'conversations/carry', { code: input.value, consent: true }));
		} catch (error) {
			note.replaceChildren(ui.why(error));
			form.inert = false;
			input.focus();
		}
	};
	input.value = typed;
	const form = h(
		'form.intro',
		{ onsubmit },
		h('p', t('carry.bring.how')),
		h('label', t('carry.bring.code'), input),
		note,
		kept.id ? h('p.note', t('carry.bring.replaces')) : ui.terms(),
		h('div.buttons', h('button.solid', t(kept.id ? 'carry.bring.go' : 'consent.agree')), button('.chip', () => dialog.close(), t('close'))),
	);
	dress(ui);
	const dialog = popup(ui, t('carry.bring'), form);
}

/** The conversation that was open here is erased, as its token is forgotten. */
async function move(ui, { id, token, language }) {
	const { id: before, draft } = ui.kept;
	if (before && before !== id) await ui.client.own('DELETE').catch(() => null);
	ui.reset(draft);
	if (language && language !== ui.code) await ui.speak(language);
	ui.enter({ id, token });
}
