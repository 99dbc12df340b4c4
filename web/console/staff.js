// The administrator's room: who works here.
import { h } from '/widget/render.js';
import { call, session } from './api.js';
import { t, why } from './words.js';

const ROLES = ['mediator', 'supervisor', 'editor', 'reviewer', 'administrator'];

export async function staffRoom(room) {
  const note = h('p.note', { role: 'alert' });
  const rows = h('tbody', {});
  const dialog = h('dialog', {});
  const attempt = async (work) => {
    note.textContent = '';
    try {
      await work();
    } catch (error) {
      note.textContent = why(error);
    }
  };
  const load = () =>
    attempt(async () => {
      const { staff } = await call('GET', '/staff');
      rows.replaceChildren(...staff.map((person) => line(person, attempt, load, reveal)));
    });
  const reveal = (username, password) => {
    const code = h('output.password', {}, password);
    const copy = h('button', { type: 'button', onclick: () => navigator.clipboard?.writeText(password) }, t('copy'));
    dialog.replaceChildren(h('h2', {}, t('staff.password', { username })), code, h('p', {}, t('staff.password.once')), h('form', { method: 'dialog' }, copy, h('button.primary', {}, t('done'))));
    dialog.addEventListener('close', () => dialog.replaceChildren(), { once: true });
    dialog.showModal();
  };
  const role = roles('mediator');
  role.name = 'role';
  const add = h(
    'form.add',
    {
      onsubmit: (event) => {
        event.preventDefault();
        attempt(async () => {
          const made = await call('POST', '/staff', Object.fromEntries(new FormData(add)));
          add.reset();
          await load();
          reveal(made.staff.username, made.password);
        });
      },
    },
    h('h2', {}, t('staff.add')),
    h('label', {}, h('span', {}, t('username')), h('input', { name: 'username', required: true, maxlength: 60, autocomplete: 'off', autocapitalize: 'none' })),
    h('label', {}, h('span', {}, t('staff.name')), h('input', { name: 'display_name', required: true, maxlength: 100, autocomplete: 'off' })),
    h('label', {}, h('span', {}, t('staff.role')), role),
    h('button.primary', {}, t('staff.add')),
  );
  const head = ['username', 'staff.name', 'staff.role', 'staff.state', 'staff.actions'].map((key) => h('th', { scope: 'col' }, t(key)));
  room.className = 'staff';
  room.replaceChildren(h('h1', {}, t('room.staff')), note, h('div.scroll', {}, h('table', {}, h('thead', {}, h('tr', {}, head)), rows)), add, dialog);
  await load();
}

function roles(chosen) {
  return h('select', {}, ROLES.map((role) => h('option', { value: role, selected: role === chosen }, t(`role.${role}`))));
}

function line(person, attempt, load, reveal) {
  const self = person.id === session.staff.id;
  const role = roles(person.role);
  role.setAttribute('aria-label', t('staff.role'));
  role.disabled = self;
  const change = (changes) =>
    attempt(async () => {
      await call('PATCH', `/staff/${person.id}`, changes);
    }).then(load);
  role.addEventListener('change', () => change({ role: role.value }));
  const reset = () =>
    attempt(async () => {
      const { password } = await call('POST', `/staff/${person.id}/reset`);
      reveal(person.username, password);
    });
  return h(
    'tr',
    { 'data-username': person.username, ...(person.active ? {} : { class: 'off' }) },
    h('td', {}, person.username),
    h('td', {}, person.display_name),
    h('td', {}, role),
    h('td', {}, t(person.active ? 'staff.active' : 'staff.disabled')),
    h(
      'td',
      {},
      h('button', { type: 'button', disabled: self, onclick: () => change({ active: !person.active }) }, t(person.active ? 'staff.disable' : 'staff.enable')),
      h('button', { type: 'button', disabled: self, onclick: reset }, t('staff.reset')),
    ),
  );
}
