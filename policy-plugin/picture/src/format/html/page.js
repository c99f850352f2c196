
'use strict';
// Everything shown is in the page already: this only hides, moves and copies it, and never makes markup from text.
const find = (query, root = document) => root.querySelector(query);
const all = (query, root = document) => [...root.querySelectorAll(query)];
const input = { q: find('#q'), by: find('#by'), open: find('#open') };
const cards = all('.card');
const texts = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));
const groups = find('#groups');
const themes = ['auto', 'dark', 'light'];
let theme = 'auto';
let grouped = 'issuer';

// The state of the page is its fragment, such as #q=octo&by=home&open=1&theme=dark, so that a view can be shared.
function read() {
  const said = new URLSearchParams(location.hash.slice(1));
  input.q.value = said.get('q') ?? '';
  input.by.value = ['home', 'none'].includes(said.get('by')) ? said.get('by') : 'issuer';
  input.open.checked = said.get('open') === '1';
  theme = themes.includes(said.get('theme')) ? said.get('theme') : 'auto';
}

function write() {
  const said = new URLSearchParams();
  if (input.q.value) said.set('q', input.q.value);
  if (input.by.value !== 'issuer') said.set('by', input.by.value);
  if (input.open.checked) said.set('open', '1');
  if (theme !== 'auto') said.set('theme', theme);
  history.replaceState(null, '', said.size ? '#' + said : location.pathname + location.search);
}

function apply() {
  document.documentElement.dataset.theme = theme;
  find('#theme').textContent = 'Theme: ' + theme;
  if (grouped !== input.by.value) regroup(input.by.value);
  const words = input.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = cards.filter((card) => {
    card.hidden = (input.open.checked && !card.classList.contains('open')) || !words.every((word) => texts.get(card).includes(word));
    return !card.hidden;
  });
  for (const group of all('.group', groups)) {
    const inside = all('.card', group);
    const left = inside.filter((card) => !card.hidden).length;
    group.hidden = left === 0;
    const summary = find('summary', group);
    summary.dataset.count = left === inside.length ? left : left + ' of ' + inside.length;
    find('.badge', summary)?.remove();
    const wrong = inside.filter((card) => !card.hidden && card.classList.contains('open')).length;
    if (wrong) summary.append(Object.assign(document.createElement('span'), { className: 'badge open', textContent: wrong + ' open' }));
    if (words.length && left) group.open = true;
  }
  if ((words.length || input.open.checked) && shown.length <= 12) unfold(shown, true);
  for (const row of all('.summary tr[data-s]')) row.hidden = find('#s' + row.dataset.s).hidden;
  find('#shown').textContent = shown.length === cards.length ? cards.length + ' shown' : shown.length + ' of ' + cards.length + ' shown';
  find('#none').hidden = shown.length > 0;
}

function regroup(by) {
  grouped = by;
  const name = (card) => (by === 'none' ? 'Everything' : card.dataset[by]);
  const names = [...new Set(cards.map(name))];
  groups.replaceChildren(...names.map((text) => {
    const group = document.createElement('details');
    group.className = by === 'none' ? 'group flat' : 'group';
    group.open = by === 'none' || cards.length <= 24;
    const title = document.createElement('h2');
    title.textContent = text;
    const heading = document.createElement('summary');
    heading.append(title);
    group.append(heading, ...cards.filter((card) => name(card) === text));
    return group;
  }));
}

function unfold(which, open) {
  for (const card of which) {
    card.open = open;
    if (open) card.parentElement.open = true;
  }
}

function reveal(card) {
  if (card.hidden) {
    input.q.value = '';
    input.open.checked = false;
    apply();
    write();
  }
  unfold([card], true);
  card.scrollIntoView({ block: 'start' });
  find('summary', card).focus({ preventScroll: true });
}

// What hangs together with a node or an edge: everything before it, and everything that comes of it.
function trace(picture, target) {
  const edges = all('.e', picture);
  const reached = new Set();
  const walk = (start, from, to) => {
    const waiting = [start];
    const seen = new Set(waiting);
    while (waiting.length) {
      const node = waiting.pop();
      for (const edge of edges) {
        if (edge.dataset[from] !== node) continue;
        reached.add(edge);
        if (!seen.has(edge.dataset[to])) {
          seen.add(edge.dataset[to]);
          waiting.push(edge.dataset[to]);
        }
      }
    }
    return seen;
  };
  const edge = target.dataset.e !== undefined;
  if (edge) reached.add(target);
  const nodes = walk(edge ? target.dataset.f : target.dataset.n, 't', 'f').union(walk(edge ? target.dataset.t : target.dataset.n, 'f', 't'));
  for (const it of edges) it.classList.toggle('on', reached.has(it));
  for (const it of all('.n', picture)) it.classList.toggle('on', nodes.has(it.dataset.n));
  picture.classList.add('tracing');
}

const tip = find('#tip');

function show(target) {
  const card = target.closest('.card');
  const facts = document.createElement('div');
  facts.className = 'facts';
  const lines = find('desc', target).textContent.split('\n');
  if (target.dataset.e !== undefined) lines.unshift('from → to');
  facts.append(...lines.map((line) => Object.assign(document.createElement('p'), { textContent: line })));
  const about = target.dataset.e !== undefined ? '[data-e~="' + target.dataset.e + '"]' : '[data-n~="' + target.dataset.n + '"]';
  const findings = all('.finding' + about, card);
  for (const it of all('.finding', card)) it.classList.toggle('here', findings.includes(it));
  tip.replaceChildren(facts, ...findings.map((it) => it.cloneNode(true)));
  tip.hidden = false;
  const spot = (find('.box', target) ?? find('.line', target)).getBoundingClientRect();
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  let [left, top] = [spot.left, spot.bottom + 12];
  if (top + height > innerHeight) top = spot.top - height - 12;
  // Where it fits neither below nor above, it stands at the far side.
  if (top < 8) [left, top] = [spot.left + spot.width / 2 < innerWidth / 2 ? innerWidth : 0, innerHeight - height - 12];
  tip.style.left = Math.max(8, Math.min(left, innerWidth - width - 12)) + 'px';
  tip.style.top = Math.max(8, top) + 'px';
  trace(target.closest('.picture'), target);
}

function hide() {
  tip.hidden = true;
  for (const picture of all('.tracing')) picture.classList.remove('tracing');
  for (const it of all('.here')) it.classList.remove('here');
}

for (const [event, act] of [['pointerover', show], ['focusin', show], ['pointerout', hide], ['focusout', hide]]) {
  groups.addEventListener(event, (it) => {
    const target = it.target.closest('.e, .n');
    if (target) act(target);
  });
}

for (const control of Object.values(input)) {
  control.addEventListener('input', () => {
    apply();
    write();
  });
}
find('form').addEventListener('submit', (event) => event.preventDefault());
find('#unfold').addEventListener('click', () => unfold(cards.filter((card) => !card.hidden), true));
find('#fold').addEventListener('click', () => unfold(cards, false));
find('#theme').addEventListener('click', () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  apply();
  write();
});
find('#reset').addEventListener('click', () => {
  input.q.value = '';
  input.open.checked = false;
  apply();
  write();
});
find('.summary')?.addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (!link) return;
  event.preventDefault();
  reveal(find(link.getAttribute('href')));
});
addEventListener('hashchange', () => {
  read();
  apply();
});
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hide();
  if (event.key === '/' && !event.target.closest('input, select')) {
    event.preventDefault();
    input.q.focus();
  }
});
addEventListener('beforeprint', () => unfold(cards.filter((card) => !card.hidden), true));
read();
apply();
