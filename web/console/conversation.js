// One conversation at the desk: its whole history, what was passed on, and what a mediator can do.
import { h, markdown } from '/widget/render.js';
import { call, kept, session } from './api.js';
import { clock, language, languageName, t, why } from './words.js';

const uuid = () => crypto.randomUUID?.() || `${Date.now()}-${Math.random().toString(36).slice(2)}-${Math.random().toString(36).slice(2)}`;

export class Conversation {
  constructor(desk, id) {
    this.desk = desk;
    this.id = id;
    this.messages = new Map();
    this.head = h('header.head', {});
    this.note = h('p.note', { role: 'alert' });
    this.packet = h('div', {});
    this.log = h('div.log', { role: 'log', 'aria-live': 'polite', tabindex: 0, 'aria-label': t('history') });
    this.mark = h('p.typing', { role: 'status' });
    this.form = this.composer();
    desk.pane.replaceChildren(this.head, this.note, h('div.body', {}, this.packet, this.log, this.mark), this.form);
  }

  composer() {
    this.area = h('textarea', { rows: 3, maxlength: 4000, dir: 'auto', 'aria-label': t('write'), placeholder: t('write') });
    this.area.value = kept.get(`draft:${this.id}`) || '';
    this.area.addEventListener('input', () => kept.set(`draft:${this.id}`, this.area.value));
    this.area.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    const submit = (event) => {
      event.preventDefault();
      this.send();
    };
    return h('form.write', { hidden: true, onsubmit: submit }, this.area, h('div', {}, h('span.hint', {}, t('write.hint')), h('button.primary', {}, t('send'))));
  }

  /** Read it whole; the server takes it as seen. */
  async refresh() {
    try {
      const { conversation, packet, messages } = await call('GET', `/conversations/${this.id}`);
      if (this.desk.open !== this) return;
      messages.forEach((message) => this.add(message));
      this.passed(packet);
      this.turned(conversation);
      this.desk.rows.set(this.id, { ...conversation, unread: 0 });
      this.desk.draw();
    } catch (error) {
      this.fail(error);
    }
  }

  passed(packet) {
    if (!packet) return this.packet.replaceChildren();
    const open = this.packet.firstChild?.open ?? true;
    const lines = packet.lines.flatMap((line) => [h('dt', {}, line.label), h('dd', { dir: 'auto' }, line.text)]);
    return this.packet.replaceChildren(h('details.packet', { open }, h('summary', {}, t('packet')), h('dl', {}, lines)));
  }

  turned(row) {
    this.row = row;
    const mine = row.holder === 'mediator' && row.mediator?.id === session.staff.id;
    const act = (name, primary) => h(primary ? 'button.primary' : 'button', { type: 'button', 'data-act': name, onclick: () => this.act(name) }, t(`act.${name}`));
    const actions = mine ? [act('return'), act('release'), act('close')] : row.holder === 'mediator' || row.stage === 'closed' ? [] : [act('take', true)];
    const state = row.holder === 'mediator' ? t('with', { name: row.mediator?.display_name ?? '' }) : t(`stage.${row.stage}`);
    this.head.replaceChildren(
      h('button.back', { type: 'button', onclick: () => this.desk.empty() }, t('back')),
      h('div', {}, h('h2', {}, languageName(row.language), row.topic ? ` · ${t(`topic.${row.topic}`) || row.topic}` : ''), h('p', {}, state, row.discreet && h('span.careful', {}, t('discreet.explain')))),
      h('div.actions', {}, actions),
    );
    this.form.hidden = !mine;
  }

  add(message) {
    if (this.messages.has(message.seq)) return this.translated(message);
    const near = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 120;
    this.messages.set(message.seq, message);
    const later = [...this.log.children].find((node) => Number(node.dataset.seq) > message.seq);
    this.log.insertBefore(this.draw(message), later || null);
    if (near || message.role === 'mediator') this.log.scrollTop = this.log.scrollHeight;
    if (message.role === 'resident') this.typing({ on: false });
  }

  // A message that is there comes again when it has been translated, or when it could not be delivered, or then was.
  translated(message) {
    const { original, untranslated, kept: waits } = this.messages.get(message.seq);
    if (message.kept === waits && (original || (!message.original && message.untranslated === untranslated))) return;
    this.messages.set(message.seq, message);
    this.log.querySelector(`[data-seq="${message.seq}"]`)?.replaceWith(this.draw(message));
  }

  draw(message) {
    const own = { lang: message.language, dir: 'auto' };
    const said = message.handoff?.packet ? message.text.split('\n\n')[0] : message.text;
    const text = message.picture ? this.picture(message.picture) : message.role === 'resident' || message.role === 'mediator' ? h('div.text.plain', own, message.text) : markdown(said, own);
    const basis = (message.answer?.sections || []).flatMap((section) => section.basis.map((each) => h('a', { href: section.url, target: '_blank', rel: 'noopener' }, each.title)));
    return h(
      'article.message',
      { 'data-seq': message.seq, 'data-role': message.role },
      h('p.by', {}, h('b', {}, t(`by.${message.role}`)), h('time', { datetime: message.created_at }, clock(message.created_at))),
      text,
      message.original && message.original.text !== message.text && h('details', {}, h('summary', {}, t('original')), h('div.text.plain', { dir: 'auto' }, message.original.text)),
      message.untranslated && (message.role === 'mediator' || message.language !== language) && h('p.untranslated', {}, t('untranslated')),
      message.kept && h('p.untranslated', { 'data-kept': message.kept }, t('kept', { reason: t(`kept_${message.kept}`) })),
      basis.length > 0 && h('p.basis', {}, basis),
    );
  }

  /** Small in the conversation, read when it comes into view; whole in a page of its own. */
  picture({ id }) {
    const address = `/api/v1/console/conversations/${this.id}/pictures/${id}`;
    return h('a.picture', { href: address, target: '_blank', rel: 'noopener' }, h('img', { src: address, loading: 'lazy', alt: t('picture') }));
  }

  typing({ on, role }) {
    clearTimeout(this.quiet);
    this.mark.textContent = on && role === 'resident' ? t('typing') : '';
    this.quiet = setTimeout(() => (this.mark.textContent = ''), 6000);
  }

  async act(name) {
    this.note.textContent = '';
    this.head.querySelectorAll('button').forEach((button) => (button.disabled = true));
    try {
      const row = await call('POST', `/conversations/${this.id}/${name}`);
      this.desk.changed(row);
      if (name === 'take') {
        this.desk.choose('mine');
        await this.refresh();
        this.focus();
      }
    } catch (error) {
      await this.refresh();
      this.note.textContent = error.code === 'already_taken' ? t('error.already_taken', { name: this.row?.mediator?.display_name ?? '?' }) : why(error);
    }
    this.head.querySelectorAll('button').forEach((button) => (button.disabled = false));
  }

  async send() {
    const text = this.area.value.trim();
    if (!text || this.sending) return;
    // The same words after a failure go under the same key, so that they cannot arrive twice.
    if (this.failed?.text !== text) this.failed = { text, client_message_id: uuid() };
    this.sending = this.area.readOnly = true;
    try {
      const { message } = await call('POST', `/conversations/${this.id}/messages`, this.failed);
      this.add(message);
      this.failed = null;
      this.note.textContent = '';
      this.area.value = '';
      kept.set(`draft:${this.id}`, null);
    } catch (error) {
      this.fail(error);
    }
    this.sending = this.area.readOnly = false;
    this.area.focus();
  }

  fail(error) {
    if (error.status === 401) return this.desk.expelled();
    this.note.textContent = why(error);
    return null;
  }

  focus() {
    this.log.scrollTop = this.log.scrollHeight;
    if (this.form.hidden) this.head.querySelector('.primary')?.focus();
    else this.area.focus();
  }

  leave() {
    kept.set(`draft:${this.id}`, this.area.value);
  }
}
