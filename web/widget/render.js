// Messages as DOM. Content only ever becomes text nodes.

export const RTL = new Set(['ar', 'fa', 'ur']);

/** h('a.chip', {href}, 'text', node): an element; `on…` are listeners, null properties are left out. */
export function h(name, props = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  mark: 'M12 3v18M12 5h7l2 2.500-2 2.500h-7M12 11H6l-2 2.500L6 16h6',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.500 20.500a7.500 7.500 0 0 1 15 0',
  send: 'M4 12h15M13 6l6 6-6 6',
  close: 'M6 6l12 12M18 6L6 18',
  menu: 'M5 12h.01M12 12h.01M19 12h.01',
  globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c3 3 3.500 6 3.500 9S15 18 12 21c-3-3-3.500-6-3.500-9S9 6 12 3Z',
  place: 'M12 21s-7-6-7-11a7 7 0 0 1 14 0c0 5-7 11-7 11ZM12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  up: 'M7 11v9H4v-9h3Zm0 0l4-8c2 0 3 1 3 3v3h5l1 1-2 9-1 1H7',
  down: 'M17 13V4h3v9h-3Zm0 0l-4 8c-2 0-3-1-3-3v-3H5l-1-1 2-9 1-1h10',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  again: 'M4 12a8 8 0 1 0 3-6.200M4 4v4h4',
  save: 'M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14',
  note: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7',
};

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', PATHS[name]);
  if (name === 'menu') path.setAttribute('stroke-width', '3');
  svg.append(path);
  return svg;
}

const inline = (text) => text.split(/\*\*(.+?)\*\*/g).map((part, i) => (i % 2 ? h('strong', {}, part) : part));

/** Light Markdown: paragraphs, lists, bold. */
export function markdown(text, props = {}) {
  const box = h('div.text', props);
  for (const block of (text || '').split(/\n\s*\n/)) {
    let list = null;
    let lines = [];
    const flush = () => {
      if (lines.length) box.append(h('p', {}, lines.flatMap((line, i) => [i ? h('br') : null, ...inline(line)])));
      lines = [];
    };
    for (const line of block.split('\n').filter((each) => each.trim())) {
      const [, bullet, item] = /^\s*([-*•]|\d+[.)])\s+(.*)$/.exec(line) || [];
      if (bullet) {
        flush();
        const kind = /\d/.test(bullet) ? 'ol' : 'ul';
        if (list?.localName !== kind) box.append((list = h(kind, kind === 'ol' ? { start: parseInt(bullet) } : {})));
        list.append(h('li', {}, inline(item)));
      } else {
        list = null;
        lines.push(line.replace(/^#+\s+/, ''));
      }
    }
    flush();
  }
  return box;
}

const tongue = (language) => ({ lang: language, dir: RTL.has(language) ? 'rtl' : 'ltr' });

/** Draws messages. `ui`: { t, language, url, choose, feedback, confirmHandoff, enlarge }. */
export class Renderer {
  constructor(ui) {
    this.ui = ui;
  }

  message(message) {
    const { t } = this.ui;
    const box = h('div.m', {});
    box.classList.add(message.role);
    if (message.role === 'mediator') box.append(h('div.by', {}, icon('person'), message.author || t('message.person')));
    else box.append(h('span.sr', {}, t(message.role === 'resident' ? 'message.you' : 'message.assistant')));
    const sections = message.answer?.sections || [];
    if (message.emergency) box.append(this.emergency(message));
    else if (sections.length) {
      sections.forEach((section) => box.append(this.section(section)));
      const standing = message.answer.disclaimers || [t('answer.disclaimer')];
      standing.forEach((line) => box.append(h('p.note', {}, line)));
    } else if (message.text && !message.handoff?.packet) box.append(h('div.bubble', {}, this.plain(message)));
    if (message.original?.text && message.original.text !== message.text) box.append(this.original(message.original));
    if (message.handoff?.stage === 'confirm') box.append(this.packet(message));
    else this.buttons(box, message, sections.length);
    if (sections.length && message.role === 'assistant') box.append(this.feedback(message));
    return box;
  }

  /** The Chinese sentence for a passer-by, large, and larger at a touch. */
  show(sentence) {
    return h('button.show', { type: 'button', lang: 'zh-CN', dir: 'ltr', onclick: () => this.ui.enlarge(sentence) }, sentence);
  }

  plain(message) {
    const props = tongue(message.language || this.ui.language());
    const [label, sentence] = message.text.split('\n\n');
    if (sentence && this.ui.messages.get(message.seq - 1)?.emergency) return h('div', props, h('h4', {}, label), this.show(sentence));
    return message.role === 'resident' ? h('div', { dir: 'auto' }, message.text) : markdown(message.text, props);
  }

  buttons(box, message, answered) {
    const shown = (message.buttons || []).filter((button) => !(answered && button.payload.startsWith('feedback')));
    const see = shown.some((button) => button.payload.startsWith('section:')) && answered;
    if (see) box.append(h('p.note', {}, this.ui.t('answer.see_also')));
    if (shown.length)
      box.append(
        h('div.buttons', {}, shown.map((button) => h('button.chip', { type: 'button', onclick: () => this.ui.choose(button) }, button.title))),
      );
  }

  section(section) {
    const { t } = this.ui;
    const props = tongue(section.language);
    const foreign = section.language && section.language !== this.ui.language();
    const date = section.verified_on && this.ui.date(section.verified_on);
    const place = t(`jurisdiction.${section.jurisdiction}`);
    return h(
      'article.card',
      {},
      foreign && h('span.mark-lang', {}, t('answer.shown_in', { language: this.ui.name(section.language) })),
      section.translation === 'machine' && h('span.mark-lang', {}, t('answer.machine')),
      h('h3', props, section.title),
      markdown(section.text, props),
      section.next_steps?.length &&
        h('div.steps', {}, h('h4', {}, t('answer.next')), h('ol', props, section.next_steps.map((step) => h('li', {}, inline(step))))),
      section.original && this.original(section.original),
      section.basis?.length &&
        h(
          'div',
          {},
          h('h4', {}, t('answer.basis')),
          h('div.basis', {}, section.basis.map((basis) => h('a', { href: this.ui.url(section.url), target: '_blank', rel: 'noopener', ...props }, basis.title))),
        ),
      h(
        'div.meta',
        {},
        section.jurisdiction && h('span', {}, icon('place'), place),
        date && h('span', {}, icon('check'), t('answer.verified', { date })),
        section.effective_from && h('span', {}, t('answer.from', { date: this.ui.date(section.effective_from) })),
      ),
    );
  }

  original({ language, text }) {
    return h('details.more', {}, h('summary', {}, this.ui.t('answer.original')), markdown(text, tongue(language)));
  }

  emergency(message) {
    const { t } = this.ui;
    const { numbers, card, kind, steps } = message.emergency;
    const calls = numbers.map((entry) => {
      const number = entry.number || entry;
      const label = entry.label || t(`emergency.${number}`);
      return h('a', { href: `${number === '12110' ? 'sms' : 'tel'}:${number}`, 'aria-label': t('emergency.call', { number }) }, h('b', { dir: 'ltr' }, number), label || '');
    });
    const sentence = card?.text || card;
    const [title, ...rest] = message.text.split('\n\n');
    const help = rest.filter((part) => !part.includes(numbers.join(', '))).join('\n\n');
    return h(
      'article.card.emergency',
      { role: 'alert', 'data-kind': kind },
      h('h3', {}, rest.length ? title : t('emergency.title')),
      h('div.tel', {}, calls),
      sentence && h('h4', {}, t('emergency.card')),
      sentence && this.show(sentence),
      steps?.length ? h('ol', {}, steps.map((step) => h('li', {}, inline(step)))) : markdown(help, tongue(message.language || this.ui.language())),
    );
  }

  feedback(message) {
    const { t, feedback } = this.ui;
    const row = h('div.fb', { role: 'group', 'aria-label': t('feedback.ask') });
    const done = () => row.replaceChildren(h('span', { role: 'status' }, t('feedback.thanks')));
    const answer = async (helpful, comment) => {
      await feedback(message, helpful, comment);
      if (helpful || comment !== undefined) return done();
      const input = h('input', { 'aria-label': t('feedback.comment'), placeholder: t('feedback.comment'), maxlength: 1000 });
      const send = (event) => {
        event.preventDefault();
        if (input.value.trim()) answer(false, input.value.trim());
        else done();
      };
      row.replaceChildren(h('form', { onsubmit: send }, input, h('button.chip', {}, t('send'))));
      return input.focus();
    };
    const thumb = (name, helpful) =>
      h('button.icon', { type: 'button', 'aria-label': t(`feedback.${helpful ? 'yes' : 'no'}`), title: t(`feedback.${helpful ? 'yes' : 'no'}`), onclick: () => answer(helpful) }, icon(name));
    row.append(h('span', {}, t('feedback.ask')), thumb('up', true), thumb('down', false));
    return row;
  }

  /** The packet: what will be passed on, every line editable and removable, before anybody sees it. */
  packet(message) {
    const { t } = this.ui;
    const { lines = [], notice = [], desk } = message.handoff.packet || {};
    const fields = lines.map((line) => this.line(line));
    if (!lines.some((line) => line.key === 'contact')) fields.push(this.line({ key: 'contact', label: t('handoff.contact'), text: '' }));
    const [yes, no] = ['confirm', 'cancel'].map((each) => message.buttons.find((button) => button.payload === `handoff:${each}`));
    const confirm = h('button.solid', { type: 'submit' }, yes?.title || t('handoff.confirm'));
    const cancel = no && h('button.chip', { type: 'button', onclick: () => this.ui.choose(no) }, no.title);
    const submit = (event) => {
      event.preventDefault();
      const changed = fields.filter((field) => field.change() !== undefined).map((field) => [field.key, field.change()]);
      this.ui.confirmHandoff(Object.fromEntries(changed), form, confirm.textContent);
    };
    const form = h(
      'form.card.packet',
      { onsubmit: submit },
      h('h3', {}, t('handoff.title')),
      h('p', {}, t('handoff.intro')),
      fields.map((field) => field.element),
      h('div.notice', {}, h('strong', {}, t('handoff.notice')), notice.map((line) => h('p', {}, line))),
      desk && h('p.note', {}, desk.open === false && h('strong', {}, `${t('handoff.closed')} `), t('handoff.hours', { hours: desk.hours })),
      h('div.buttons', {}, confirm, cancel),
    );
    return form;
  }

  line({ key, label, text }) {
    const { t } = this.ui;
    const id = `line-${key}-${Math.random().toString(36).slice(2)}`;
    const contact = key === 'contact';
    const area = contact
      ? h('input', { id, type: 'text', autocomplete: 'email', inputmode: 'email', placeholder: t('handoff.contact_hint'), dir: 'auto' })
      : h('textarea', { id, rows: Math.min(5, 1 + Math.floor((text || '').length / 48)), dir: 'auto' });
    // A contact that says "none" in words is no contact.
    if (contact && !/[@\d]/.test(text)) text = '';
    area.value = text || '';
    let removed = false;
    const toggle = h('button.link', { type: 'button' }, t('handoff.remove'));
    toggle.setAttribute('aria-describedby', `${id}-label`);
    toggle.onclick = () => {
      removed = !removed;
      area.disabled = removed;
      element.classList.toggle('gone', removed);
      toggle.textContent = t(removed ? 'handoff.restore' : 'handoff.remove');
    };
    const element = h('div.field', { 'data-key': key }, h('label', { for: id, id: `${id}-label` }, label), area, contact ? null : toggle);
    const change = () => {
      const value = removed ? null : area.value.trim() || null;
      return value === (text || null) ? undefined : value;
    };
    return { key, element, change };
  }
}
