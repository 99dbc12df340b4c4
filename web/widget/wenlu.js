// <wenlu-chat>: the resident's window. One script tag is enough:
//   <script type="module" src="https://HOST/widget/wenlu.js" data-language="fr"></script>
import { ApiError, Client, Memory } from './client.js';
import { CSS } from './style.js';
import { RTL, Renderer, h, icon, markdown } from './render.js';

const BASE = new URL('/', import.meta.url);
const CURATED = { zh: '中文', en: 'English', ja: '日本語', ko: '한국어', fr: 'Français', es: 'Español', ru: 'Русский', ar: 'العربية' };
const UNDERSTOOD = {
  de: 'Deutsch', pt: 'Português', vi: 'Tiếng Việt', it: 'Italiano', tr: 'Türkçe', hi: 'हिन्दी', id: 'Bahasa Indonesia', th: 'ไทย', fa: 'فارسی', uk: 'Українська', ur: 'اردو',
};
const NAMES = { ...CURATED, ...UNDERSTOOD };
// Where the quick exit leads: a page that says nothing about the visitor. Another one: the attribute `exit`.
const NEUTRAL = 'https://www.weather.com.cn/';

const known = (tag) => [tag?.toLowerCase().split(/[-_]/)[0]].find((code) => code in NAMES);
const uuid = () => crypto.randomUUID?.() || '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));

class WenluChat extends HTMLElement {
  async connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    this.shadowRoot.adoptedStyleSheets = [sheet];
    this.memory = new Memory(`wenlu:${BASE.host}`);
    this.client = new Client(BASE);
    this.render = new Renderer(this);
    this.messages = new Map();
    this.pending = [];
    this.open = this.hasAttribute('inline') || Boolean(this.kept.open);
    this.unread = 0;
    this.holder = 'bot';
    addEventListener('online', () => this.retryAll());
    addEventListener('keydown', (event) => this.key(event));
    await this.speak(this.kept.language || known(this.getAttribute('language')) || [...navigator.languages].map(known).find(Boolean) || 'en');
    if (this.kept.id) this.resume();
  }

  get kept() {
    return this.memory.data;
  }
  get floating() {
    return !this.hasAttribute('inline');
  }

  // Words

  language = () => this.code;
  t = (key, values = {}) => (this.words[`widget.${key}`] ?? this.words[key] ?? '').replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  url = (path) => new URL(path, BASE).href;
  name = (code) => {
    try {
      return new Intl.DisplayNames([this.code], { type: 'language' }).of(code);
    } catch {
      return NAMES[code] || code;
    }
  };
  date = (iso) => new Intl.DateTimeFormat(`${this.code}-u-nu-latn-ca-gregory`, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso));

  async speak(code) {
    this.code = code;
    try {
      const data = await this.client.call('GET', `/api/v1/widget/${code}`);
      this.words = data.words || data;
      this.days = this.getAttribute('retention-days') || 180;
    } catch {
      this.words ||= { 'widget.title': 'Wenlu', 'widget.retry': '↻' };
      this.wordless = true;
    }
    this.build();
  }

  async changeLanguage(code) {
    this.memory.save({ language: code });
    if (this.kept.id) this.client.call('PUT', `${this.client.home}/language`, { language: code }).catch((error) => error.code === 'language_unknown' || this.fail(error));
    await this.speak(code);
    this.$('.lang select').focus();
  }

  // Building

  $ = (selector) => this.shadowRoot.querySelector(selector);

  build() {
    const { t } = this;
    const spoken = t('catalog') || this.code;
    const root = h(`div.root.${this.floating ? 'float' : 'inline'}`, { dir: RTL.has(spoken) ? 'rtl' : 'ltr', lang: spoken });
    this.log = h('div.log', { role: 'log', 'aria-live': 'polite', 'aria-label': t('log'), tabindex: 0 });
    this.banner = h('div.banner', { role: 'status' });
    this.typing = h('div.m', { hidden: true, role: 'status' }, h('div.bubble', {}, h('span.sr', {}, t('typing')), h('span.dots', { 'aria-hidden': 'true' }, h('i'), h('i'), h('i'))));
    this.panel = h('section.panel', { role: this.floating ? 'dialog' : 'region', 'aria-label': this.title, hidden: !this.open }, this.header(), this.banner, this.log, this.composer());
    if (this.floating) {
      this.badge = h('span.badge', { hidden: true });
      this.launcher = h('button.launcher', { type: 'button', hidden: this.open, onclick: () => this.toggle(true) }, icon(this.kept.discreet ? 'note' : 'mark'), this.launcherTitle, this.badge);
      root.append(this.launcher);
    }
    this.dialog = h('dialog', {});
    root.append(this.panel, this.dialog);
    this.shadowRoot.replaceChildren(root);
    if (this.kept.discreet && !this.floating) {
      document.title = this.title;
      document.documentElement.classList.add('discreet');
    }
    this.fill();
    this.status();
  }

  get title() {
    return this.t(this.kept.discreet ? 'discreet.title' : 'title');
  }
  get launcherTitle() {
    return this.t(this.kept.discreet ? 'discreet.title' : 'launcher');
  }

  header() {
    const { t, kept } = this;
    const option = ([code, name]) => h('option', { value: code, lang: code, selected: code === this.code }, name);
    const select = h('select', { 'aria-label': t('language'), onchange: () => this.changeLanguage(select.value) }, Object.entries(CURATED).map(option), h('optgroup', { label: t('more_languages') }, Object.entries(UNDERSTOOD).map(option)));
    const item = (name, key, onclick) => h('button', { type: 'button', onclick: () => ((menu.open = false), onclick()) }, icon(name), t(key));
    const menu = h(
      'details.menu',
      {},
      h('summary.icon', { 'aria-label': t('menu'), title: t('menu') }, icon('menu')),
      h('div', {}, kept.id && [item('person', 'person', () => this.person()), item('save', 'export', () => this.export()), item('again', 'start_over', () => this.startOver())], h('a', { href: this.privacy, target: '_blank', rel: 'noopener' }, icon('lock'), t('privacy'))),
    );
    menu.addEventListener('focusout', (event) => event.relatedTarget && !menu.contains(event.relatedTarget) && (menu.open = false));
    this.state = h('p', {});
    return h(
      'header',
      {},
      h('div.mark', {}, icon(kept.discreet ? 'note' : 'mark')),
      h('div.who', {}, h('h2', {}, this.title), this.state),
      kept.discreet && h('button.exit', { type: 'button', title: t('exit_hint'), onclick: () => this.leave() }, t('exit')),
      h('div.lang', {}, icon('globe'), select),
      menu,
      this.floating && h('button.icon', { type: 'button', 'aria-label': t('close'), onclick: () => this.toggle(false) }, icon('close')),
    );
  }

  get privacy() {
    return this.url(`/privacy?language=${this.code}`);
  }

  composer() {
    const { t } = this;
    this.input = h('textarea', { rows: 1, 'aria-label': t('input'), placeholder: t('input'), dir: 'auto', maxlength: 4000, enterkeyhint: 'send' });
    this.input.value = this.kept.draft || '';
    this.input.oninput = () => {
      this.memory.save({ draft: this.input.value });
      this.grow();
    };
    this.input.onkeydown = (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.ask();
    };
    const submit = (event) => {
      event.preventDefault();
      this.ask();
    };
    return h(
      'form.composer',
      { onsubmit: submit, hidden: !this.kept.id },
      h('div.row', {}, this.input, h('button.solid', { 'aria-label': t('send') }, icon('send'))),
      h('div.foot', {}, h('button', { type: 'button', onclick: () => this.person() }, icon('person'), t('person')), h('span', {}, t('standing'))),
    );
  }

  grow() {
    this.input.style.height = 'auto';
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  fill() {
    const { t } = this;
    if (this.wordless) {
      const again = () => ((this.wordless = false), this.speak(this.code));
      return this.log.append(h('button.solid', { type: 'button', onclick: again }, t('retry')));
    }
    if (!this.kept.id) return this.log.append(this.consent());
    this.log.append(this.welcome());
    const shown = [...this.messages.keys()].sort((a, b) => a - b);
    shown.forEach((seq) => this.place(this.messages.get(seq)));
    this.pending.forEach((entry) => this.bubble(entry));
    this.log.append(this.typing);
    this.grow();
    return this.scroll();
  }

  consent() {
    const { t } = this;
    const line = (name, text) => h('li', {}, icon(name), h('span', {}, text));
    const agree = h('button.solid', { type: 'button', onclick: () => this.begin(agree) }, t('consent.agree'));
    return h(
      'div.intro.consent',
      {},
      h('h3', {}, t('consent.title')),
      h('ul', {}, line('mark', t('consent.advice')), line('note', t('consent.kept')), line('person', t('consent.anonymous')), line('again', t('consent.duration', { days: this.days }))),
      h('a', { href: this.privacy, target: '_blank', rel: 'noopener' }, t('consent.link')),
      agree,
    );
  }

  welcome() {
    const { t } = this;
    const chips = [1, 2, 3, 4].map((n) => t(`example.${n}`)).filter(Boolean);
    return h('div.m.assistant.hello', {}, h('div.bubble', {}, markdown(t('welcome'))), !this.messages.size && !this.pending.length && h('div.buttons', {}, chips.map((text) => h('button.chip', { type: 'button', onclick: () => this.post({ text }) }, text))));
  }

  // Conversation

  async begin(button) {
    button.disabled = true;
    try {
      const { id, token } = await this.client.call('POST', '/api/v1/conversations', { language: this.code, consent: true });
      this.memory.save({ id, token, language: this.code });
      this.build();
      this.resume();
      this.input.focus();
    } catch (error) {
      button.disabled = false;
      this.fail(error);
    }
  }

  async resume() {
    Object.assign(this.client, { id: this.kept.id, token: this.kept.token, lastEvent: null });
    this.pending = (this.kept.pending || []).map((body) => ({ body }));
    this.pending.forEach((entry) => this.bubble(entry));
    await this.catchUp();
    if (!this.kept.id) return;
    this.retryAll();
    this.client.follow((name, data) => this.event(name, data));
  }

  event(name, data) {
    if (name === 'message') this.receive(data.message || data, true);
    else if (name === 'typing') this.think(data.on, data.role);
    else if (name === 'holder') this.hold(data.holder, data.place);
    else if (name === 'language') data.language && data.language !== this.code && data.language in NAMES && this.hear(data.language);
    else if (name === 'gone' || name === 'erased') this.gone();
    else if (name === 'lost') this.lost ||= setTimeout(() => this.say('offline'), 2500);
    else if (name === 'open') {
      clearTimeout(this.lost);
      this.lost = null;
      this.status();
      this.catchUp();
    }
  }

  hear(code) {
    this.memory.save({ language: code });
    this.speak(code);
  }

  async catchUp() {
    let after = 0;
    while (this.messages.has(after + 1)) after++;
    try {
      const data = await this.client.call('GET', `${this.client.home}/messages?after=${after}`);
      (data.messages || data).forEach((message) => this.receive(message));
      if (data.holder) this.hold(data.holder);
    } catch (error) {
      if (error.passing) this.say('offline');
      else this.gone();
    }
  }

  receive(message, live) {
    if (this.messages.has(message.seq)) return;
    this.messages.set(message.seq, message);
    if (message.role === 'resident') {
      const own = this.pending.find((entry) => !entry.seq && (message.client_message_id ? message.client_message_id === entry.body.client_message_id : (entry.body.text ?? entry.title) === message.text));
      if (own) {
        own.seq = message.seq;
        own.node?.remove();
      }
    }
    const { handoff, emergency } = message;
    if (emergency && (emergency.discreet || emergency.kind === 'domestic-violence') && !this.kept.discreet) {
      this.memory.save({ discreet: true });
      this.build();
      return this.anew(this.$(`[data-seq="${message.seq}"]`));
    }
    if (handoff) this.hold({ queued: 'queue', with_mediator: 'mediator', returned: 'bot' }[handoff.stage] || this.holder, handoff.place);
    const node = this.place(message);
    if (message.role !== 'resident') {
      this.think(false);
      if (live) this.notify();
      this.anew(node);
    }
  }

  place(message) {
    const node = this.render.message(message);
    node.dataset.seq = message.seq;
    const later = [...this.log.querySelectorAll('[data-seq]')].find((other) => Number(other.dataset.seq) > message.seq);
    this.log.insertBefore(node, later || this.log.querySelector('.m:not([data-seq]):not(.hello)'));
    if (message.handoff) {
      const forms = [...this.log.querySelectorAll('.packet')];
      const last = Math.max(...[...this.messages.values()].filter((each) => each.handoff && each.handoff.stage !== 'offered').map((each) => each.seq));
      forms.filter((form) => Number(form.closest('[data-seq]').dataset.seq) < last).forEach((form) => form.remove());
    }
    this.log.querySelector('.hello .buttons')?.remove();
    return node;
  }

  /** To the end; or, when what is new is longer than the window, to where it begins. */
  scroll() {
    const { log, fresh } = this;
    const top = this.shadowRoot.contains(fresh) ? Math.min(fresh.offsetTop - 12, log.scrollHeight) : log.scrollHeight;
    log.scrollTop = top;
  }

  anew(node) {
    if (!this.fresh?.isConnected || Date.now() - this.freshAt > 4000) this.fresh = node;
    this.freshAt = Date.now();
    this.scroll();
  }

  // Asking

  ask() {
    const text = this.input.value.trim();
    if (!text) return this.input.focus();
    this.input.value = '';
    this.memory.save({ draft: '' });
    this.grow();
    return this.post({ text });
  }

  choose = (button) => this.post({ choice: button.payload }, button.title);

  post(body, title) {
    const entry = { body: { client_message_id: uuid(), ...body }, title };
    this.fresh = null;
    this.pending.push(entry);
    this.bubble(entry);
    this.keep();
    return this.deliver(entry);
  }

  keep() {
    this.memory.save({ pending: this.pending.map((entry) => entry.body) });
  }

  bubble(entry) {
    if (entry.seq || (entry.body.choice && !entry.title)) return;
    entry.note = h('span.note', { role: 'status' });
    entry.node = h('div.m.resident', {}, h('div.bubble', { dir: 'auto' }, entry.body.text ?? entry.title), entry.note);
    this.log.querySelector('.hello .buttons')?.remove();
    this.log.insertBefore(entry.node, this.typing.parentNode === this.log ? this.typing : null);
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
    if ([401, 404, 410].includes(error.status)) return this.gone(entry.body.text);
    if (error.passing || error.status === 429) {
      entry.note?.replaceChildren(h('span.fail', {}, t2(this, error)), ' ', h('button.link', { type: 'button', onclick: () => this.deliver(entry) }, this.t('retry')));
      return null;
    }
    this.drop(entry);
    if (entry.body.text && !this.input.value) {
      this.input.value = entry.body.text;
      this.input.oninput();
    }
    return this.fail(error);
  }

  retryAll() {
    this.pending.forEach((entry) => this.deliver(entry));
  }

  person() {
    this.fresh = null;
    this.client.call('POST', `${this.client.home}/handoff`, {}).then((data) => (data.messages || [data.message || data]).forEach((message) => this.receive(message)), (error) => this.fail(error));
  }

  confirmHandoff = async (lines, form, title) => {
    const buttons = form.querySelectorAll('button');
    buttons.forEach((button) => (button.disabled = true));
    try {
      if (Object.keys(lines).length) await this.client.call('PUT', `${this.client.home}/handoff`, { lines });
      await this.choose({ payload: 'handoff:confirm', title });
    } catch (error) {
      this.fail(error);
    }
    buttons.forEach((button) => (button.disabled = false));
  };

  feedback = (message, helpful, comment) => this.client.call('POST', `${this.client.home}/feedback`, { message_id: message.id, helpful, ...(comment && { comment }) }).catch((error) => this.fail(error));

  async export() {
    try {
      const data = await this.client.call('GET', `${this.client.home}/export`);
      const link = h('a', { href: URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' })), download: 'conversation.json' });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    } catch (error) {
      this.fail(error);
    }
  }

  async startOver() {
    if (!(await this.sure('start_over'))) return;
    try {
      await this.client.call('DELETE', this.client.home);
      this.reset();
    } catch (error) {
      if (error.passing) this.fail(error);
      else this.reset();
    }
  }

  reset(keep = {}) {
    this.client.stop();
    this.messages.clear();
    this.pending = [];
    this.holder = 'bot';
    this.memory.forget({ language: this.code, open: this.open, ...keep });
    this.build();
    this.$('.consent .solid')?.focus();
  }

  gone(draft = this.kept.draft) {
    this.reset({ draft });
    this.fail(new ApiError(404, 'gone'));
  }

  // What is shown around the conversation

  sure(key) {
    const { dialog, t } = this;
    return new Promise((done) => {
      const close = (value) => h('button.solid', { type: 'button', onclick: () => dialog.close(value) }, t(`${key}.${value}`));
      const no = close('no');
      no.className = 'chip';
      dialog.className = '';
      dialog.replaceChildren(h('h3', {}, t(`${key}.title`)), h('p', {}, t(`${key}.text`)), h('div.buttons', {}, close('yes'), no));
      dialog.returnValue = '';
      dialog.onclose = () => done(dialog.returnValue === 'yes');
      dialog.showModal();
    });
  }

  enlarge = (sentence) => {
    this.dialog.className = 'big';
    this.dialog.replaceChildren(h('p', { lang: 'zh-CN', dir: 'ltr' }, sentence), h('button.chip', { type: 'button', onclick: () => this.dialog.close() }, this.t('close')));
    this.dialog.showModal();
  };

  think(on, role) {
    clearTimeout(this.quiet);
    this.typing.hidden = !on;
    if (!on) return;
    this.typing.querySelector('.sr').textContent = this.t(role === 'mediator' ? 'typing_person' : 'typing');
    this.log.append(this.typing);
    this.scroll();
    this.quiet = setTimeout(() => (this.typing.hidden = true), 60000);
  }

  hold(holder, place) {
    if (!holder) return;
    if (place) this.queue = place;
    this.holder = holder;
    this.status();
  }

  status() {
    const { t, holder } = this;
    this.state.textContent = this.kept.discreet ? '' : t(`status.${holder}`);
    this.banner.className = 'banner ok';
    this.banner.textContent = holder === 'queue' ? t(this.queue ? 'status.place' : 'status.waiting', { place: this.queue }) : holder === 'mediator' ? t('status.with_person') : '';
  }

  say(key) {
    this.banner.className = 'banner';
    this.banner.textContent = this.t(key);
  }

  fail(error) {
    if (!(error instanceof ApiError)) console.error(error);
    this.banner.className = 'banner';
    this.banner.textContent = t2(this, error);
    clearTimeout(this.calm);
    this.calm = setTimeout(() => this.status(), 9000);
  }

  notify() {
    if (this.open && !document.hidden) return;
    this.unread++;
    if (!this.floating) document.title = this.kept.discreet ? this.title : `(${this.unread}) ${this.title}`;
    if (this.badge) {
      this.badge.hidden = this.open;
      this.badge.textContent = this.kept.discreet ? '•' : this.unread;
    }
    document.addEventListener('visibilitychange', () => this.read(), { once: true });
  }

  read() {
    this.unread = 0;
    if (!this.floating) document.title = this.kept.discreet ? this.title : document.title.replace(/^\(\d+\) /, '');
    if (this.badge) this.badge.hidden = true;
  }

  toggle(open) {
    this.open = open;
    this.panel.hidden = !open;
    this.launcher.hidden = open;
    this.memory.save({ open });
    this.read();
    if (open) (this.kept.id ? this.input : this.$('.consent .solid'))?.focus();
    else this.launcher.focus();
    this.scroll();
  }

  key(event) {
    if (event.key !== 'Escape') return;
    const now = Date.now();
    if (this.kept.discreet && now - this.escaped < 1200) this.leave();
    this.escaped = now;
    const menu = this.$('.menu');
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

const t2 = (widget, error) => widget.t(`error.${error.status === 413 ? 'text_too_long' : error.code}`) || widget.t(error.passing ? 'error.unavailable' : 'error.generic');

customElements.define('wenlu-chat', WenluChat);

if (!document.querySelector('wenlu-chat')) {
  const tag = [...document.scripts].find((script) => script.src === import.meta.url);
  document.body.append(h('wenlu-chat', { language: tag?.dataset.language, exit: tag?.dataset.exit }));
}
