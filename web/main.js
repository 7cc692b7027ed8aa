// The page: asks the API every few seconds, draws what changed, and says so when it cannot.
import { download, dropToken, health as readHealth, keepToken, read, Refused, takeToken } from './api.js';
import { $, h, show } from './dom.js';
import { duration } from './format.js';
import { decisions, record, trades } from './lists.js';
import { refreshOverview } from './overview.js';
import { positionsWith } from './positions.js';
import { AccuracyView } from './accuracy.js';
import { DecisionsView, DecisionView } from './decisions.js';
import { listen } from './live.js';
import { refreshMarket } from './market.js';
import { stateSwitch } from './operate.js';
import { PerformanceView } from './performance.js';
import { createRouter } from './router.js';
import { SettingsView } from './settings.js';
import { noticesOf, safetyOf, showAccount, showHealth, showNotices } from './status.js';
import { Table } from './table.js';
import { TradesView } from './trades.js';

const POLL_MS = 3_000;
/** While events are pushed the poll is only there to notice silence. */
const POLL_LIVE_MS = 6_000;
/** Events come in bursts: one look for all of them. */
const GATHER_MS = 250;
/** Older than this, the page says that it shows the past. */
const STALE_MS = 8_000;
const ROWS = 50;

const state = {
  health: null,
  healthAt: 0,
  account: undefined,
  okAt: null,
  error: null,
  coin: '',
  busy: false,
  isLive: false,
  isListening: false,
  pollAt: 0,
  gather: 0,
};
const now = () => performance.now();

// ---------------------------------------------------------------- tables

const query = (list, cursor) => {
  const params = new URLSearchParams({ limit: String(ROWS) });
  if (state.coin !== '') params.set('coin', state.coin);
  if (cursor) params.set('cursor', cursor);
  return `/api/v1/${list.path}?${params}`;
};

function tableIn(list, section, body) {
  const table = new Table(
    list,
    body,
    (cursor) => void guarded(async () => table.addOlder(await read(query(list, cursor)))),
  );
  const csv = $('.csv', section);
  return { table, list, section, csv };
}

const operated = (message, kind = 'good') => {
  show($('#operated'), message, kind);
  void refresh();
};
const failed = (error) => operated(`Not done: ${error.message}.`, 'bad');
const positions = positionsWith(operated, failed);
const positionTable = new Table(positions, $('#positions .body'), () => {});
const views = [
  tableIn(decisions, $('#decisions'), $('#decisions .body')),
  tableIn(trades, $('#trades'), $('#trades .body')),
];
const recordViews = record.map((list) => tableIn(list, $('#record'), h('div', {})));
let tab = recordViews[0];

for (const view of views) view.csv.addEventListener('click', () => saveCsv(view.list));
$('#record .csv').addEventListener('click', () => saveCsv(tab.list));
const saveCsv = (list) =>
  void guarded(() =>
    download(`${query(list)}&format=csv`.replace(/limit=\d+/, 'limit=500'), `snapback-${list.path}.csv`),
  );

function drawTabs() {
  const buttons = recordViews.map((view) =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${view.list.path}`,
        'aria-controls': 'panel',
        onclick: () => choose(view),
      },
      view.list.title,
    ),
  );
  $('#tabs').replaceChildren(...buttons);
  $('#tabs').addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = recordViews[(recordViews.indexOf(tab) + step + recordViews.length) % recordViews.length];
    choose(next);
    $(`#tab-${next.list.path}`).focus();
  });
}

function choose(view) {
  tab = view;
  for (const button of $('#tabs').children) {
    const isSelected = button.id === `tab-${view.list.path}`;
    button.setAttribute('aria-selected', String(isSelected));
    button.tabIndex = isSelected ? 0 : -1;
  }
  $('#panel').setAttribute('aria-labelledby', `tab-${view.list.path}`);
  $('#panel').replaceChildren(view.table.body);
  void refresh();
}

// ---------------------------------------------------------------- polling

/** Runs a read and turns what goes wrong into the one notice about it. */
async function guarded(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Refused && (error.status === 401 || error.status === 429))
      askToken(error.status === 401 ? 'This is not the read token.' : `${error.message}: wait a minute.`);
    else
      state.error =
        error instanceof Refused ? `The bridge said no: ${error.message}.` : 'The bridge cannot be reached.';
    return false;
  }
}

async function readAccount() {
  try {
    return await read('/api/v1/positions');
  } catch (error) {
    if (error instanceof Refused && error.code === 'account-unreadable') return null;
    throw error;
  }
}

async function refresh() {
  if (state.busy || document.hidden || $('#login').hidden === false) return;
  state.busy = true;
  state.pollAt = now() + (state.isLive ? POLL_LIVE_MS : POLL_MS);
  const shown = router.isNow() ? [...views, tab] : [];
  const coin = state.coin;
  const isRead = await guarded(async () => {
    const [health, account, ...pages] = await Promise.all([
      readHealth(),
      readAccount(),
      ...shown.map((v) => read(query(v.list))),
    ]);
    Object.assign(state, { health, healthAt: now(), account, okAt: now(), error: null });
    if (coin === state.coin) shown.forEach((view, i) => view.table.setPage(pages[i]));
    await router.refresh();
  });
  state.busy = false;
  if (isRead) drawAll();
  tick();
  // Counted when asked: nothing else waits for it.
  if (isRead && router.isNow()) void guarded(() => Promise.all([refreshOverview(), refreshMarket()]));
}

function drawAll() {
  $('#content').hidden = false;
  drawSwitch();
  showAccount(state.account);
  if (state.account === null)
    $('#positions .body').replaceChildren(
      h('div', { class: 'empty bad' }, 'Unknown: the account could not be read.'),
    );
  if (state.account === null) positionTable.drawn = '';
  else positionTable.setPage(state.account);
  for (const view of [...views, tab]) show($('.sum', view.section), view.list.sum?.(view.table.all) ?? '');
}

/** Drawn again only when the state changes, so that a button keeps its focus. */
function drawSwitch() {
  const current = state.health.tradingState;
  if ($('#switch').dataset.state === current) return;
  $('#switch').dataset.state = current;
  $('#switch').replaceChildren(stateSwitch(current, () => operated('Done.'), failed));
}

/** Once a second: ages grow, and silence is said aloud. */
function tick() {
  const ageMs = state.okAt === null ? null : now() - state.okAt;
  const isStale = ageMs !== null && ageMs > STALE_MS;
  const error = isStale
    ? `${state.error ?? 'The bridge has not answered.'} What you see is ${duration(ageMs)} old.`
    : state.error;
  $('#content').classList.toggle('stale', isStale);
  const isAsking = !$('#login').hidden;
  const fresh = isStale
    ? `${duration(ageMs)} old`
    : ageMs === null
      ? 'connecting'
      : state.isLive
        ? 'live'
        : 'up to date';
  show(
    $('#fresh'),
    isAsking ? 'token needed' : fresh,
    isAsking || ageMs === null ? '' : isStale ? 'bad' : 'good',
  );
  const sinceMs = now() - state.healthAt;
  if (state.health !== null) showHealth(state.health, sinceMs);
  showNotices(noticesOf({ ...state, sinceMs, error }));
  const safety = safetyOf({ ...state, sinceMs, isStale });
  show($('#safety'), safety.text, safety.kind);
  show($('#clock'), `${new Date().toISOString().slice(0, 19).replace('T', ' ')} UTC`);
  const open = state.account?.items.filter((p) => !p.isProtected).length ?? 0;
  document.title = isStale ? '? snapback' : open > 0 ? `! ${open} unprotected · snapback` : 'snapback';
}

// ---------------------------------------------------------------- token, filter, start

function askToken(why) {
  dropToken();
  show($('#login-why'), why);
  $('#login').hidden = false;
  $('#content').hidden = true;
  Object.assign(state, { account: undefined, okAt: null, error: null });
  tick();
  $('#token').focus();
}

$('#login').addEventListener('submit', (event) => {
  event.preventDefault();
  keepToken($('#token').value.trim());
  $('#token').value = '';
  start();
});

$('#filter').addEventListener('submit', (event) => event.preventDefault());
$('#coin').addEventListener('change', () => {
  state.coin = $('#coin').value.trim();
  for (const { table } of [...views, ...recordViews]) table.reset();
  void refresh();
});

addEventListener('hashchange', () => {
  if (!location.hash.includes('token=')) return;
  takeToken();
  start();
});
document.addEventListener('visibilitychange', () => void refresh());
setInterval(() => now() >= state.pollAt && void refresh(), 500);
setInterval(tick, 1_000);

const router = createRouter(
  {
    // Views with a chart bring the chart library, which is most of the page's size.
    coin: async () => new (await import('./coin.js')).CoinView(),
    trades: async (id) =>
      id === undefined ? new TradesView() : new (await import('./story.js')).StoryView(),
    decisions: (id) => (id === undefined ? new DecisionsView() : new DecisionView()),
    performance: () => new PerformanceView(),
    accuracy: () => new AccuracyView(),
    settings: () => new SettingsView(),
  },
  guarded,
);

/** With a token: the view of the address, the first look, and from then on what is pushed. */
function start() {
  $('#login').hidden = true;
  void refresh();
  void router.open();
  if (state.isListening) return;
  state.isListening = true;
  listen(
    () => {
      if (state.gather !== 0) return;
      state.gather = setTimeout(() => {
        state.gather = 0;
        void refresh();
      }, GATHER_MS);
    },
    (isLive) => {
      state.isLive = isLive;
      tick();
    },
  );
}

drawTabs();
const hasToken = takeToken() !== null;
// First: nothing is read while the token is asked for.
if (!hasToken) askToken('');
choose(tab);
if (hasToken) start();
