// The desk: the queue as it lives, and the conversation that is open beside it.
import { h } from '/widget/render.js';
import { call, session } from './api.js';
import { alerts } from './alerts.js';
import { Conversation } from './conversation.js';
import { languageName, since, t, why } from './words.js';

const TABS = ['waiting', 'mine', 'taken', 'closed', 'all'];

export class Desk {
  constructor(room, expelled) {
    this.expelled = expelled;
    this.rows = new Map();
    this.tab = 'waiting';
    this.note = h('p.note', { role: 'status' });
    this.list = h('ul.rows', {});
    this.tabs = TABS.map((tab) => h('button', { type: 'button', 'data-tab': tab, onclick: () => this.choose(tab) }, t(`tab.${tab}`), h('span.count', {})));
    this.pane = h('section.pane', { 'aria-label': t('conversation') });
    room.className = 'desk';
    room.replaceChildren(h('section.queue', { 'aria-label': t('queue') }, h('div.tabs', { role: 'group' }, this.tabs), this.note, this.list), this.pane);
    this.room = room;
    this.empty();
    this.load();
    this.listen();
    this.ticking = setInterval(() => this.draw(), 30000);
    this.back = () => document.hidden || this.open?.refresh();
    document.addEventListener('visibilitychange', this.back);
  }

  stop() {
    clearInterval(this.ticking);
    document.removeEventListener('visibilitychange', this.back);
    this.source?.close();
    clearTimeout(this.again);
    document.title = t('title');
  }

  empty() {
    this.open = null;
    this.room.classList.remove('opened');
    this.pane.replaceChildren(h('p.hint', {}, t('choose')));
  }

  choose(tab) {
    this.tab = tab;
    this.draw();
  }

  async load() {
    try {
      const { conversations } = await call('GET', '/conversations?state=all');
      this.rows = new Map(conversations.map((row) => [row.id, row]));
      this.note.textContent = '';
      this.draw();
    } catch (error) {
      this.trouble(error);
    }
  }

  trouble(error) {
    if (error.status === 401) return this.expelled();
    this.note.textContent = why(error);
  }

  // EventSource comes back by itself with Last-Event-ID; what was missed in the lists is read again.
  listen() {
    const source = (this.source = new EventSource('/api/v1/console/events'));
    const on = (name, work) => source.addEventListener(name, (event) => work(JSON.parse(event.data)));
    source.addEventListener('open', () => {
      this.load();
      this.open?.refresh();
    });
    source.addEventListener('error', () => {
      this.note.textContent = t('error.offline');
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(this.again);
      this.again = setTimeout(() => call('GET', '/me').then(() => this.listen(), (error) => (error.status === 401 ? this.expelled() : this.listen())), 3000);
    });
    on('queue', (row) => this.changed(row));
    on('gone', ({ id }) => this.gone(id));
    on('message', ({ conversation_id: id, message }) => this.said(id, message));
    on('translated', ({ conversation_id: id, message }) => this.open?.id === id && this.open.add(message));
    on('typing', (data) => this.open?.id === data.conversation_id && this.open.typing(data));
  }

  changed(row) {
    const before = this.rows.get(row.id);
    this.rows.set(row.id, row);
    if (row.holder === 'queue' && before?.holder !== 'queue') alerts.ring();
    if (this.open?.id === row.id) this.open.turned(row);
    this.draw();
  }

  gone(id) {
    this.rows.delete(id);
    if (this.open?.id === id) this.empty();
    this.draw();
  }

  said(id, message) {
    const row = this.rows.get(id);
    if (message.role === 'resident' && row?.mediator?.id === session.staff.id) alerts.ring();
    if (this.open?.id !== id) return;
    this.open.add(message);
    if (!document.hidden && message.role === 'resident') this.open.refresh();
  }

  in(tab, row) {
    if (tab === 'waiting') return row.holder === 'queue';
    if (tab === 'mine') return row.holder === 'mediator' && row.mediator?.id === session.staff.id;
    if (tab === 'taken') return row.holder === 'mediator';
    return tab === 'all' || row.stage === 'closed';
  }

  draw() {
    const all = [...this.rows.values()];
    for (const button of this.tabs) {
      const { tab } = button.dataset;
      const count = all.filter((row) => this.in(tab, row)).length;
      button.setAttribute('aria-pressed', tab === this.tab);
      button.lastChild.textContent = ['waiting', 'mine'].includes(tab) && count ? count : '';
    }
    const shown = all.filter((row) => this.in(this.tab, row));
    const order = this.tab === 'waiting' ? (a, b) => (a.place ?? 99) - (b.place ?? 99) : (a, b) => (a.last_at < b.last_at ? 1 : -1);
    const focused = this.list.querySelector(':focus')?.dataset.id;
    this.list.replaceChildren(...(shown.length ? shown.sort(order).map((row) => this.line(row)) : [h('li.hint', {}, t(`empty.${this.tab}`))]));
    if (focused) this.list.querySelector(`[data-id="${focused}"]`)?.focus();
    const waiting = all.filter((row) => this.in('waiting', row)).length;
    const unread = all.filter((row) => this.in('mine', row)).reduce((sum, row) => sum + row.unread, 0);
    document.title = waiting + unread ? `(${waiting + unread}) ${t('title')}` : t('title');
  }

  line(row) {
    const waits = row.holder === 'queue' && row.waiting_since;
    const state = waits ? t('waits', { place: row.place ?? '–', time: since(row.waiting_since) }) : row.holder === 'mediator' ? t('with', { name: row.mediator?.display_name ?? '' }) : t(`stage.${row.stage}`);
    return h(
      'li',
      {},
      h(
        'button.line',
        { type: 'button', 'data-id': row.id, 'aria-current': this.open?.id === row.id ? 'true' : null, onclick: () => this.show(row.id) },
        h('span.top', {}, h('b', {}, languageName(row.language)), row.topic && h('span.topic', {}, t(`topic.${row.topic}`) || row.topic), row.unread > 0 && h('span.unread', { 'aria-label': t('unread', { n: row.unread }) }, row.unread)),
        h('span.last', { dir: 'auto' }, row.last_text),
        h(`span.state${waits ? '.waits' : ''}`, {}, state, row.discreet && h('span.careful', {}, t('discreet'))),
      ),
    );
  }

  async show(id) {
    this.open?.leave();
    this.open = new Conversation(this, id);
    this.room.classList.add('opened');
    this.draw();
    await this.open.refresh();
    this.open?.focus();
  }
}
