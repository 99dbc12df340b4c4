// Telling the mediator that something happened, without a word of what it was.
import { kept } from './api.js';
import { t } from './words.js';

export const alerts = {
  get on() {
    return kept.get('alerts') === 'on';
  },
  async toggle() {
    kept.set('alerts', this.on ? null : 'on');
    if (this.on && 'Notification' in window && Notification.permission === 'default') await Notification.requestPermission();
    if (this.on) chime();
  },
  ring() {
    if (!this.on) return;
    chime();
    if (document.hidden && 'Notification' in window && Notification.permission === 'granted')
      new Notification(t('title'), { body: t('alert'), tag: 'wenlu', icon: '/static/mark.svg' });
  },
};

let audio;

function chime() {
  try {
    audio ||= new AudioContext();
    const [tone, gain, now] = [audio.createOscillator(), audio.createGain(), audio.currentTime];
    tone.frequency.setValueAtTime(660, now);
    tone.frequency.setValueAtTime(880, now + 0.12);
    gain.gain.setValueAtTime(0.08, now);
    gain.gain.exponentialRampToValueAtTime(0.001, now + 0.4);
    tone.connect(gain).connect(audio.destination);
    tone.start(now);
    tone.stop(now + 0.4);
  } catch {
    // A browser without sound still shows the mark.
  }
}
