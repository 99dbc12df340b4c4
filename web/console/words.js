// The console's own words, and how it writes times.
import { kept } from './api.js';

// The page says which languages have a catalog, in their own names, and which of them run from right to left.
const page = document.querySelector('#console').dataset;
export const LANGUAGES = JSON.parse(page.languages);
const RTL = page.rightToLeft.split(' ');

let words = {};
export let language = 'zh';

export async function speak(code) {
  const wanted = code || kept.get('language') || navigator.language.split('-')[0];
  language = wanted in LANGUAGES ? wanted : 'en';
  const response = await fetch(`/console/words/${language}.json`);
  words = await response.json();
  document.documentElement.lang = language;
  document.documentElement.dir = RTL.includes(language) ? 'rtl' : 'ltr';
}

export const t = (key, values = {}) =>
  (words[`console.${key}`] ?? '').replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

export const why = (error) => t(`error.${error.code}`) || t(error.status === 0 ? 'error.offline' : 'error.generic');

export function languageName(code) {
  try {
    return code ? new Intl.DisplayNames([language], { type: 'language' }).of(code) : '–';
  } catch {
    return code;
  }
}

const locale = () => `${language}-u-nu-latn`;

export const clock = (iso) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'short', timeStyle: 'short' }).format(new Date(iso));

/** How long ago, in the largest unit that fits. */
export function since(iso) {
  const minutes = Math.max(0, Math.round((Date.now() - new Date(iso)) / 60000));
  const [value, unit] = minutes < 60 ? [minutes, 'minute'] : minutes < 1440 ? [Math.floor(minutes / 60), 'hour'] : [Math.floor(minutes / 1440), 'day'];
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'short' }).format(value);
}
