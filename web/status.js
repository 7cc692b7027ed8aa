// The top bar, the status strip and the notices: is the bridge there, is it protecting, on what data.
import { $, h, show } from './dom.js';
import { duration, pnl, usd } from './format.js';

const MODE_TONE = { paper: 'info', testnet: 'warn', live: 'live' };
const STATE_TONE = { ACTIVE: 'good', REDUCING: 'warn', HALTED: 'bad' };
const FEED_AGE_MS_MAX = 30_000;
/** A pass takes a moment, and this page asks every few seconds. */
const OVERDUE_MS = 8_000;

const ageText = (ms) => (ms === null ? 'never' : `${duration(Math.max(0, ms))} ago`);

/** @param {any} health answer of /healthz @param {number} sinceMs time since it was read */
export function showHealth(health, sinceMs) {
  show($('#mode'), health.mode.toUpperCase(), MODE_TONE[health.mode]);
  const isMadeUp = !health.dataSource.startsWith('live');
  show(
    $('#source'),
    isMadeUp ? `${health.dataSource.toUpperCase()} DATA` : health.dataSource,
    isMadeUp ? 'loud' : '',
  );
  show($('#state'), health.tradingState, STATE_TONE[health.tradingState]);

  const { ageMs, ageMsMax, intervalMs } = health.guard;
  const guardAgeMs = ageMs === null ? null : ageMs + sinceMs;
  const isOverdue = guardAgeMs !== null && guardAgeMs > intervalMs + OVERDUE_MS;
  const tone = guardAgeMs === null || guardAgeMs >= ageMsMax ? 'bad' : isOverdue ? 'warn' : 'good';
  show($('#guard'), ageText(guardAgeMs), tone);
  show($('#guard-note'), `last good pass; one every ${duration(intervalMs)} and after each fill`);

  const isReady = health.notReady.length === 0 && health.tradingState === 'ACTIVE';
  show($('#ready'), isReady ? 'accepted' : 'refused', isReady ? 'good' : 'warn');
  show(
    $('#ready-note'),
    health.notReady.map((r) => r.code).join(', ') || (isReady ? 'ready' : health.tradingState),
  );

  const ages = health.feeds.map((f) => ({ ...f, now: f.ageMs === null ? null : f.ageMs + sinceMs }));
  const late = ages.filter((f) => f.now === null || f.now > FEED_AGE_MS_MAX);
  show(
    $('#feeds'),
    ages.length === 0 ? 'none' : late.length === 0 ? 'fresh' : `${late.length} of ${ages.length} late`,
    ages.length === 0 || late.length > 0 ? 'warn' : 'good',
  );
  show($('#feeds-note'), feedsNote(ages, late) || health.dataSource);
}

/** Those that are late or have something to say; when none is, how old the oldest reading is. */
function feedsNote(ages, late) {
  const said = ages.filter((f) => late.includes(f) || f.message !== null);
  if (said.length === 0 && ages.length > 0)
    return `${ages.length} sources, the oldest ${ageText(Math.max(...ages.map((f) => f.now)))}`;
  return said
    .map((f) => `${f.venue} ${ageText(f.now)}${f.message === null ? '' : `: ${f.message}`}`)
    .join(' · ');
}

/** @param {any} page answer of /api/v1/positions, or null while the account is unknown */
export function showAccount(page) {
  if (page === null) {
    show($('#count'), 'unknown', 'bad');
    show($('#count-note'), 'the account could not be read');
    show($('#equity'), '–');
    show($('#equity-note'), '');
    return;
  }
  const open = page.items.filter((p) => !p.isProtected).length;
  show($('#count'), String(page.items.length), open > 0 ? 'bad' : '');
  show(
    $('#count-note'),
    page.items.length === 0 ? 'flat' : open === 0 ? 'all with a full stop' : `${open} without a valid stop`,
  );
  show($('#equity'), usd(page.equityUsd));
  const unrealized = page.items.reduce((total, p) => total + p.unrealizedPnlUsd, 0);
  show($('#equity-note'), page.items.length === 0 ? '' : `${pnl(unrealized)} of it unrealised`);
}

/** "Am I safe?" in a few words: shown on every view. */
export function safetyOf({ health, account, sinceMs, isStale }) {
  if (health === null) return { text: '', kind: '' };
  if (isStale) return { text: 'safety not known', kind: 'bad' };
  const { ageMs, ageMsMax } = health.guard;
  if (ageMs === null || ageMs + sinceMs >= ageMsMax) return { text: 'guard late', kind: 'bad' };
  if (account === null) return { text: 'positions unknown', kind: 'bad' };
  if (account === undefined) return { text: '', kind: '' };
  const { length } = account.items;
  const open = account.items.filter((p) => !p.isProtected).length;
  if (open > 0) return { text: `${open} of ${length} unprotected`, kind: 'bad' };
  return { text: length === 0 ? 'flat' : `${length} protected`, kind: 'good' };
}

/** What must not be overlooked, worst first. */
export function noticesOf({ health, sinceMs, account, error }) {
  const notices = [];
  if (error !== null) notices.push({ kind: 'bad', text: error });
  for (const p of account?.items ?? [])
    if (!p.isProtected)
      notices.push({ kind: 'bad', text: `${p.coin} ${p.side} has no valid stop.`, codes: [p.reason] });
  if (account === null && error === null)
    notices.push({
      kind: 'bad',
      text: 'The account could not be read: positions are unknown, not absent.',
      codes: ['account-unreadable'],
    });
  if (health !== null) {
    const { ageMs, ageMsMax } = health.guard;
    if (ageMs === null || ageMs + sinceMs >= ageMsMax)
      notices.push({
        kind: 'bad',
        text: `The guard is late: its last good pass was ${ageText(ageMs === null ? null : ageMs + sinceMs)}.`,
      });
    if (health.notReady.length > 0)
      notices.push({
        kind: 'warn',
        text: `New entries are refused: ${health.notReady.map((r) => r.message).join('; ')}.`,
        codes: health.notReady.map((r) => r.code),
      });
  }
  return notices;
}

let shown = '';
/** Drawn only when they change: screen readers announce this region. */
export function showNotices(notices) {
  const text = JSON.stringify(notices);
  if (text === shown) return;
  shown = text;
  $('#notices').replaceChildren(
    ...notices.map((n) =>
      h(
        'p',
        { class: `notice ${n.kind}` },
        n.text,
        ...(n.codes ?? []).filter(Boolean).map((c) => h('span', { class: 'tag' }, c)),
      ),
    ),
  );
}
