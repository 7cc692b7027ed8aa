// The one schema, for every database: src/shell/store/migrations.generated.ts is made from it (`npm run db:generate`).
// `seq` is the order rows were stored in: lists page by it. Instants are ms since the epoch, prices USD per coin.
// Each index on alerts costs every alert some microseconds before its answer. Strategies are few, but one that has no rows, or
// a handful of years ago, must not be looked for in all of them.
import { sql } from 'drizzle-orm';
import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { DeadLetter, GuardRun, StoredAlert } from '../../app/ports.ts';
import type { AnyAlert } from '../../core/alert/schema.ts';
import type { Decision } from '../../core/decide/types.ts';
import type { Intent } from '../../core/execute/types.ts';
import type { Fill, Trade } from '../../core/review/types.ts';

const seq = () => integer('seq').primaryKey({ autoIncrement: true });

export const alerts = sqliteTable(
  'alerts',
  {
    seq: seq(),
    id: text('id').notNull().unique(),
    key: text('key').notNull().unique(),
    bodySha: text('body_sha').notNull(),
    alert: text('alert', { mode: 'json' }).$type<AnyAlert>().notNull(),
    receivedAtMs: integer('received_at_ms').notNull(),
    state: text('state').$type<StoredAlert['state']>().notNull(),
    outcome: text('outcome').$type<NonNullable<StoredAlert['outcome']>>(),
    /** For filters only: the coin the ticker names, listed on the venue or not; null when it names none. */
    coin: text('coin'),
    strategy: text('strategy').notNull(),
    kind: text('kind').$type<AnyAlert['kind']>().notNull(),
  },
  (t) => [
    index('alerts_coin').on(t.coin),
    index('alerts_strategy').on(t.strategy),
    index('alerts_received_at_ms').on(t.receivedAtMs, t.kind),
    index('alerts_open')
      .on(t.seq)
      .where(sql`state <> 'done'`),
  ],
);

export const deadLetters = sqliteTable(
  'dead_letters',
  {
    seq: seq(),
    id: text('id').notNull().unique(),
    receivedAtMs: integer('received_at_ms').notNull(),
    code: text('code').$type<DeadLetter['code']>().notNull(),
    bodyHead: text('body_head').notNull(),
    issues: text('issues').notNull(),
    alertId: text('alert_id'),
  },
  (t) => [index('dead_letters_received_at_ms').on(t.receivedAtMs)],
);

export const decisions = sqliteTable(
  'decisions',
  {
    seq: seq(),
    id: text('id').notNull().unique(),
    alertId: text('alert_id')
      .notNull()
      .unique()
      .references(() => alerts.id),
    decidedAtMs: integer('decided_at_ms').notNull(),
    strategy: text('strategy').notNull(),
    coin: text('coin'),
    side: text('side').$type<NonNullable<Decision['side']>>(),
    status: text('status').$type<Decision['status']>().notNull(),
    reasons: text('reasons', { mode: 'json' }).$type<Decision['reasons']>().notNull(),
    gates: text('gates', { mode: 'json' }).$type<Decision['gates']>().notNull(),
    plan: text('plan', { mode: 'json' }).$type<NonNullable<Decision['plan']>>(),
    legs: text('legs', { mode: 'json' }).$type<Decision['legs']>().notNull(),
    explain: text('explain').notNull(),
    /** Planned risk, USD, 0 unless approved: what the daily cap adds up, out of the index alone. */
    riskUsd: real('risk_usd').notNull(),
    /** 50–200 KB each, so last in the row: lists that leave it out never read its overflow pages. */
    inputs: text('inputs', { mode: 'json' }).$type<unknown>(),
  },
  (t) => [
    index('decisions_coin').on(t.coin),
    index('decisions_strategy').on(t.strategy),
    index('decisions_decided_at_ms').on(t.decidedAtMs, t.riskUsd),
    index('decisions_reasons').on(t.reasons),
    // Few among many: alerts that inform are refused by the thousand.
    index('decisions_approved')
      .on(t.seq)
      .where(sql`status = 'approved'`),
  ],
);

export const intents = sqliteTable(
  'intents',
  {
    seq: seq(),
    cloid: text('cloid').notNull().unique(),
    alertId: text('alert_id').references(() => alerts.id),
    /** No foreign key: intents are written before their decision, in its commit (see commitDecision). */
    decisionId: text('decision_id'),
    coin: text('coin').notNull(),
    role: text('role').$type<Intent['role']>().notNull(),
    signer: text('signer').notNull(),
    nonce: integer('nonce').notNull(),
    expiresAfterMs: integer('expires_after_ms'),
    isBuy: integer('is_buy', { mode: 'boolean' }).notNull(),
    px: real('px').notNull(),
    sz: real('sz').notNull(),
    reduceOnly: integer('reduce_only', { mode: 'boolean' }).notNull(),
    triggerPx: real('trigger_px'),
    state: text('state').$type<Intent['state']>().notNull(),
    oid: integer('oid'),
    filledSz: real('filled_sz'),
    avgPx: real('avg_px'),
    reason: text('reason').$type<NonNullable<Intent['reason']>>(),
    message: text('message'),
    createdAtMs: integer('created_at_ms').notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
  },
  (t) => [
    index('intents_alert_id').on(t.alertId),
    index('intents_coin').on(t.coin),
    index('intents_state').on(t.state),
    index('intents_created_at_ms').on(t.createdAtMs),
  ],
);

export const signers = sqliteTable('signers', {
  address: text('address').primaryKey(),
  lastNonce: integer('last_nonce').notNull(),
});

export const fills = sqliteTable(
  'fills',
  {
    seq: seq(),
    tid: integer('tid').notNull().unique(),
    coin: text('coin').notNull(),
    oid: integer('oid').notNull(),
    cloid: text('cloid'),
    isBuy: integer('is_buy', { mode: 'boolean' }).notNull(),
    px: real('px').notNull(),
    sz: real('sz').notNull(),
    timeMs: integer('time_ms').notNull(),
    startPosition: real('start_position').notNull(),
    closedPnlUsd: real('closed_pnl_usd').notNull(),
    feeUsd: real('fee_usd').notNull(),
    isTaker: integer('is_taker', { mode: 'boolean' }).notNull(),
    liquidation: text('liquidation').$type<NonNullable<Fill['liquidation']>>(),
  },
  (t) => [index('fills_coin_time_ms').on(t.coin, t.timeMs), index('fills_time_ms').on(t.timeMs)],
);

export const trades = sqliteTable(
  'trades',
  {
    seq: seq(),
    id: text('id').notNull().unique(),
    coin: text('coin').notNull(),
    side: text('side').$type<Trade['side']>().notNull(),
    strategy: text('strategy'),
    alertId: text('alert_id'),
    decisionId: text('decision_id'),
    openedAtMs: integer('opened_at_ms').notNull(),
    closedAtMs: integer('closed_at_ms'),
    entryPx: real('entry_px').notNull(),
    exitPx: real('exit_px'),
    sz: real('sz').notNull(),
    pnlUsd: real('pnl_usd').notNull(),
    feesUsd: real('fees_usd').notNull(),
    fundingUsd: real('funding_usd').notNull(),
    netPnlUsd: real('net_pnl_usd').notNull(),
    rMultiple: real('r_multiple'),
    slippageBps: real('slippage_bps'),
    unprotectedMs: integer('unprotected_ms').notNull(),
    exitReason: text('exit_reason').$type<NonNullable<Trade['exitReason']>>(),
    plannedRiskUsd: real('planned_risk_usd'),
    decisionMarkPx: real('decision_mark_px'),
    enteredSz: real('entered_sz').notNull(),
    exitedSz: real('exited_sz').notNull(),
    /** Its close, or its opening while it is open: what time filters look at. */
    atMs: integer('at_ms').generatedAlwaysAs(sql`coalesce(closed_at_ms, opened_at_ms)`),
  },
  (t) => [
    index('trades_coin').on(t.coin),
    index('trades_strategy').on(t.strategy),
    index('trades_at_ms').on(t.atMs),
  ],
);

export const guardRuns = sqliteTable(
  'guard_runs',
  {
    seq: seq(),
    id: text('id').notNull().unique(),
    startedAtMs: integer('started_at_ms').notNull(),
    finishedAtMs: integer('finished_at_ms').notNull(),
    trigger: text('trigger').$type<GuardRun['trigger']>().notNull(),
    verdict: text('verdict').$type<GuardRun['verdict']>().notNull(),
    positions: integer('positions').notNull(),
    findings: text('findings', { mode: 'json' }).$type<GuardRun['findings']>().notNull(),
  },
  (t) => [index('guard_runs_started_at_ms').on(t.startedAtMs)],
);

export const settings = sqliteTable('settings', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
});

/** Every transaction as one entry, in order: see journal.ts. AUTOINCREMENT remembers the highest `seq` ever stored. */
export const journal = sqliteTable('journal', {
  seq: seq(),
  /** JSON: [statement id, parameters] of each statement. */
  data: text('data').notNull(),
  /** SHA-256 over the entry before, `seq` and `data`, hex. */
  sha: text('sha').notNull(),
});

/** The statement texts that entries name; an id is the first 16 hex digits of the text's SHA-256. */
export const journalStatements = sqliteTable('journal_statements', {
  id: text('id').primaryKey(),
  sql: text('sql').notNull(),
});
