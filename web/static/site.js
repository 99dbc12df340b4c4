// The language menu changes the page at once; without scripts its button does.
const menu = document.querySelector('#language');
if (menu) {
  menu.form.classList.add('live');
  menu.addEventListener('change', () => {
    const address = new URL(location.href);
    address.searchParams.set('language', menu.value);
    location.assign(address);
  });
}

const print = document.querySelector('button.print');
if (print) {
  print.hidden = false;
  print.addEventListener('click', () => window.print());
}

// While the keyboard of a phone is open the conversation keeps its whole height.
const chat = document.querySelector('wenlu-chat[inline]');
if (chat && window.visualViewport) {
  const fit = () => document.documentElement.style.setProperty('--seen', `${visualViewport.height}px`);
  visualViewport.addEventListener('resize', fit);
  fit();
}
