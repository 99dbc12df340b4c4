// The console: logging in, the password that has to be changed first, and the two rooms behind it.
import { h, icon } from '/widget/render.js';
import { call, kept, session } from './api.js';
import { alerts } from './alerts.js';
import { Desk } from './desk.js';
import { staffRoom } from './staff.js';
import { LANGUAGES, language, speak, t, why } from './words.js';

const root = document.querySelector('#console');
let desk = null;

async function start() {
  await speak();
  try {
    await call('GET', '/me');
    enter();
  } catch (error) {
    login(error.status === 401 ? '' : why(error));
  }
}

/** Show the page again in another language; what is typed in the desk's fields is kept. */
async function relabel(code) {
  kept.set('language', code);
  await speak(code);
  if (session.staff) enter();
  else login();
}

function languages() {
  const select = h('select', { 'aria-label': t('language') }, Object.entries(LANGUAGES).map(([code, name]) => h('option', { value: code, lang: code, selected: code === language }, name)));
  select.addEventListener('change', () => relabel(select.value));
  return select;
}

function field(name, label, props = {}) {
  return h('label', {}, h('span', {}, label), h('input', { name, required: true, ...props }));
}

/** A small form alone on the page. `send(values)` resolves when done. */
function gate(title, fields, action, send, message = '') {
  const note = h('p.note', { role: 'alert' }, message);
  const button = h('button.primary', {}, action);
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await send(Object.fromEntries(new FormData(form)));
    } catch (error) {
      note.textContent = why(error);
      form.querySelector('input').focus();
    }
    button.disabled = false;
  };
  const form = h('form.gate', { onsubmit: submit }, h('img', { src: '/static/mark.svg', alt: '', width: 52, height: 52 }), h('h1', {}, title), fields, note, button, languages());
  root.replaceChildren(form);
  document.title = t('title');
  form.querySelector('input').focus();
}

function login(message) {
  desk?.stop();
  desk = null;
  session.staff = null;
  gate(
    t('title'),
    [field('username', t('username'), { autocomplete: 'username', autocapitalize: 'none' }), field('password', t('password'), { type: 'password', autocomplete: 'current-password' })],
    t('login'),
    async (values) => {
      await call('POST', '/login', values);
      enter();
    },
    message,
  );
}

function changePassword(message = '') {
  desk?.stop();
  desk = null;
  const again = field('again', t('password.again'), { type: 'password', autocomplete: 'new-password', minlength: 12 });
  gate(
    t('password.change'),
    [
      h('p', {}, t('password.rule')),
      field('old', t('password.old'), { type: 'password', autocomplete: 'current-password' }),
      field('new', t('password.new'), { type: 'password', autocomplete: 'new-password', minlength: 12 }),
      again,
    ],
    t('save'),
    async ({ old, new: fresh, again: repeated }) => {
      if (fresh !== repeated) throw Object.assign(new Error(), { code: 'not_the_same', status: 400 });
      await call('POST', '/password', { old, new: fresh });
      enter();
    },
    message,
  );
}

async function logout() {
  await call('POST', '/logout').catch(() => null);
  login();
}

function enter() {
  if (session.staff.must_change_password) return changePassword(t('password.first'));
  const administrator = session.staff.role === 'administrator';
  const room = h('main', { id: 'room' });
  const bell = h('button.plain', { type: 'button', 'aria-pressed': alerts.on }, t(alerts.on ? 'alerts.on' : 'alerts.off'));
  bell.addEventListener('click', async () => {
    await alerts.toggle();
    bell.setAttribute('aria-pressed', alerts.on);
    bell.textContent = t(alerts.on ? 'alerts.on' : 'alerts.off');
  });
  const tab = (key, open) => h('button.tab', { type: 'button', 'data-room': key, onclick: open }, t(`room.${key}`));
  const tabs = administrator ? [tab('desk', () => show('desk')), tab('staff', () => show('staff'))] : [];
  const bar = h(
    'header.bar',
    {},
    h('a.brand', { href: '/console' }, h('img', { src: '/static/mark.svg', alt: '', width: 32, height: 32 }), h('b', {}, t('title'))),
    h('nav', {}, tabs),
    h('div.right', {}, bell, languages(), h('details.menu', {}, h('summary', {}, icon('person'), session.staff.display_name), h('div', {}, h('button', { type: 'button', onclick: () => changePassword() }, t('password.change')), h('button', { type: 'button', onclick: logout }, t('logout'))))),
  );
  const show = (key) => {
    tabs.forEach((each) => each.setAttribute('aria-current', each.dataset.room === key ? 'page' : 'false'));
    desk?.stop();
    desk = null;
    if (key === 'staff') staffRoom(room);
    else desk = new Desk(room, () => login(t('error.unauthorized')));
  };
  root.replaceChildren(bar, room);
  show('desk');
}

start();
