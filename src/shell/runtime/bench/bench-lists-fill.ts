// Rows of several years at once. Written past the store and its journal: going through them would take an hour, and
// reading is what is measured.
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../clock.ts';
import { openStore } from '../../store/open-store.ts';

/** End of the made-up history, ms. */
export const HISTORY_END_MS = 1_790_000_000_000;
/** Between two alerts, ms: a million of them are two years. */
const STEP_MS = 63_000;
/** One decision in so many is approved and becomes a trade. */
const ALERTS_PER_TRADE = 10;
const CHUNK = 50_000;
const COINS =
  '["BTC","ETH","SOL","DOGE","XRP","AVAX","LINK","HYPE","SUI","BNB","ADA","LTC","NEAR","APT","ARB","OP","INJ"]';
const COINS_COUNT = 17;
/** A strategy that sent one alert at the beginning, and none since. */
export const RARE_STRATEGY = 'rare';
const CASCADE =
  '{"startTime":1760128800000,"extreme":101516.5,"movePct":-4.21,"bars":3,"volumeRatio":5.1,"oiChangePct":-3.8,"rsi":21.4}';

/** A numbered series as a table `n(i)`. */
const series = (from: number, until: number): string =>
  `with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${until - 1})`;

/** Scattered like the digests that real ids are. */
const SCATTERED = `printf('%032x', i * 2654435761)`;

const alertsFrom = (from: number, until: number, count: number): string => `
  insert into alerts (id, key, body_sha, alert, received_at_ms, state, outcome, coin, strategy, kind)
  ${series(from, until)}, r as (
    select i, ${HISTORY_END_MS} - (${count} - i) * ${STEP_MS} as t,
      json_extract('${COINS}', '$[' || (i * 7919 % ${COINS_COUNT}) || ']') as c,
      case when i = 500 then '${RARE_STRATEGY}' when i % 3 = 0 then 'zones' else 'max-pain' end as s,
      case when i % ${ALERTS_PER_TRADE} = 0 then 'cascade.exhaustion' else 'heartbeat' end as k
    from n)
  select ${SCATTERED}, printf('%s|%s|BINANCE|%sUSDT.P|5|%d|long', s, k, c, t), printf('%064x', i),
    json_object('v', 1, 'kind', k, 'script', 'cascade-exhaustion@1.1.0', 'strategy', s, 'exchange', 'BINANCE',
      'ticker', c || 'USDT.P', 'interval', '5', 'barTime', t, 'sentAt', t + 300412, 'side', 'long', 'close', 104582.9,
      'high', 105210, 'low', 101516.5, 'atr', 812.4, 'score', 78.5, 'cascade', json('${CASCADE}')),
    t, 'done', case when i % ${ALERTS_PER_TRADE} = 0 then 'filled' else 'not-an-entry' end, c, s, k from r`;

/** Inputs of a decision are 50 to 200 KB; here they are 2 KB, beyond the page that lists read all the same. */
const decisionsFrom = (from: number, until: number): string => `
  insert into decisions (id, alert_id, decided_at_ms, strategy, coin, side, status, reasons, gates, legs, explain, risk_usd, inputs)
  ${series(from, until)}
  select ${SCATTERED}, a.id, a.received_at_ms + 40, a.strategy, a.coin, 'long',
    case when i % ${ALERTS_PER_TRADE} = 0 then 'approved' else 'refused' end, '["not-an-entry"]',
    '[{"gate":"kind","ok":false,"code":"not-an-entry","message":"a heartbeat is not an entry","numbers":{}}]',
    '[]', 'refused: not-an-entry', 1.5,
    case when i % ${ALERTS_PER_TRADE} = 0 then '"' || hex(zeroblob(1000)) || '"' end
  from n join alerts a on a.seq = n.i + 1`;

const ofTrades = (trades: number): string[] => [
  `insert into trades (id, coin, side, strategy, alert_id, decision_id, opened_at_ms, closed_at_ms, entry_px, exit_px, sz,
    pnl_usd, fees_usd, funding_usd, net_pnl_usd, r_multiple, slippage_bps, unprotected_ms, exit_reason, planned_risk_usd,
    decision_mark_px, entered_sz, exited_sz)
  ${series(0, trades)}
  select printf('%024x', i), a.coin, 'long', a.strategy, a.id, printf('%032x', i * ${ALERTS_PER_TRADE} * 2654435761),
    a.received_at_ms + 100, a.received_at_ms + 1800000, 104571.0, 104571.0 + (i % 7 - 3) * 10, 0.0191,
    (i % 7 - 3) * 0.191, 0.2, 0, (i % 7 - 3) * 0.191 - 0.2, 0.1 * (i % 7 - 3), 1.4, 0, 'take-profit', 45.1, 104556.0,
    0.0191, 0.0191
  from n join alerts a on a.seq = n.i * ${ALERTS_PER_TRADE} + 1`,
  `insert into intents (cloid, alert_id, decision_id, coin, role, signer, nonce, expires_after_ms, is_buy, px, sz,
    reduce_only, state, oid, filled_sz, avg_px, created_at_ms, updated_at_ms)
  ${series(0, 3 * trades)}
  select printf('0x%032x', i), a.id, printf('%032x', i / 3 * ${ALERTS_PER_TRADE} * 2654435761), a.coin,
    case i % 3 when 0 then 'entry' when 1 then 'stop' else 'take-profit' end, '0xa1', a.received_at_ms,
    a.received_at_ms + 5000, 1, 104571.0, 0.0191, 0, 'filled', i, 0.0191, 104571.0, a.received_at_ms + 50,
    a.received_at_ms + 100
  from n join alerts a on a.seq = (n.i / 3) * ${ALERTS_PER_TRADE} + 1`,
  `insert into fills (tid, coin, oid, cloid, is_buy, px, sz, time_ms, start_position, closed_pnl_usd, fee_usd, is_taker)
  ${series(0, 2 * trades)}
  select i, a.coin, i, printf('0x%032x', i / 2 * 3), 1, 104571.0, 0.0191, a.received_at_ms + 100, 0, 0, 0.1, 1
  from n join alerts a on a.seq = (n.i / 2) * ${ALERTS_PER_TRADE} + 1`,
  `insert into guard_runs (id, started_at_ms, finished_at_ms, trigger, verdict, positions, findings)
  ${series(0, trades)}
  select printf('g%d', i), ${HISTORY_END_MS} - (${trades} - i) * 630000, ${HISTORY_END_MS} - (${trades} - i) * 630000 + 90,
    'timer', 'repaired', 2, '[{"coin":"BTC","code":"stop-missing","action":"place","message":"no stop"}]' from n`,
  `insert into dead_letters (id, received_at_ms, code, body_head, issues)
  ${series(0, trades / 10)}
  select printf('d%d', i), ${HISTORY_END_MS} - (${trades / 10} - i) * 6300000, 'malformed', '{}', '[]' from n`,
];

/**
 * A new database file with that many alerts and decisions, a tenth as many trades, and what belongs to them.
 * @param onProgress told the share that is done, 0..1
 */
export async function fillDatabase(
  path: string,
  alerts: number,
  onProgress: (share: number) => void,
): Promise<void> {
  const fatal = (e: unknown): never => {
    throw e;
  };
  const store = await openStore({ url: `file:${path}`, nowMs: systemClock.nowMs, fatal });
  await store.close();
  const db = new DatabaseSync(path);
  try {
    // Nobody needs this file after a crash.
    db.exec(
      'pragma synchronous = off; pragma journal_mode = off; pragma foreign_keys = off; pragma cache_size = -200000',
    );
    for (let from = 0; from < alerts; from += CHUNK) {
      const until = Math.min(alerts, from + CHUNK);
      db.exec(alertsFrom(from, until, alerts));
      db.exec(decisionsFrom(from, until));
      onProgress((0.8 * until) / alerts);
      await new Promise((turn) => void setImmediate(turn));
    }
    for (const [i, statement] of ofTrades(alerts / ALERTS_PER_TRADE).entries()) {
      db.exec(statement);
      onProgress(0.8 + 0.04 * (i + 1));
    }
  } finally {
    db.close();
  }
}
