import { SCORE } from './score-command.ts';

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
  summary: string;
  help: string;
  options: Record<string, { type: 'string' | 'boolean' }>;
  /** The option that a word without dashes sets. */
  positional?: string;
  /** Code is loaded when the command runs: `--help` and a start must not wait for the others' imports. */
  load(): Promise<(o: OptionValues) => Promise<number>>;
}

/** Every command of snapback. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  start: {
    summary: 'the bridge (paper mode unless MODE says otherwise)',
    help: `usage: npm start

Runs the bridge until it is told to stop (SIGINT, SIGTERM). Configuration comes from the environment: .env.example.
`,
    options: {},
    load: async () => (await import('./start.ts')).start,
  },
  demo: {
    summary: 'a cascade at speed through the real path, then the summary',
    help: `usage: npm run demo -- [options]

Plays candles on the simulated venue; the detector's alerts travel through the webhook to signed orders, the guard
and the trade log, in virtual time. Without --data it plays a synthetic market, and says so.

  --data DIR     folder with <COIN>_5m.csv.gz files (columns t,o,h,l,c,v)
  --coins LIST   comma-separated, default BTC,ETH,SOL
  --from DATE    first day or instant, UTC (2025-04-06 or 2025-04-06T12:00Z)
  --to DATE      end, exclusive
  --seed N       seed of the synthetic market, default 7
  --equity USD   starting equity, default 10000
  --json         print one JSON object only
`,
    options: {
      data: { type: 'string' },
      coins: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      seed: { type: 'string' },
      equity: { type: 'string' },
      json: { type: 'boolean' },
    },
    load: async () => (await import('./demo.ts')).demo,
  },
  replay: {
    summary: 'the strategy over recorded or made-up history, beside naive baselines',
    help: `usage: npm run replay -- [options]

Plays candles through detector, zones, decisions, guard and the venue's matching core in memory, many thousand bars a
second, and reports the net result with its uncertainty beside what chance would have earned. Without --data it plays
30 days of a synthetic market, and says so. docs/replay.md explains the figures.

  --data DIR     folder with <COIN>_5m.csv.gz files (columns t,o,h,l,c,v)
  --coins LIST   comma-separated; default all coins of the strategy that the folder has, or BTC,ETH,SOL
  --from DATE    first day or instant, UTC (2025-04-06 or 2025-04-06T12:00Z); default five days into the recording
  --to DATE      end, exclusive
  --seed N       seed of the synthetic market, default 7
  --equity USD   starting equity, default 10000
  --json         print one JSON object only
`,
    options: {
      data: { type: 'string' },
      coins: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      seed: { type: 'string' },
      equity: { type: 'string' },
      json: { type: 'boolean' },
    },
    load: async () => (await import('./replay.ts')).replay,
  },
  tune: {
    summary: 'walk-forward choice of parameters per coin, judged on what was not looked at',
    help: `usage: npm run tune -- [options]

Replays every coin with each of a few settings, lets each stretch of time be decided by the trades before it, and says
whether that would have done better than what is committed. Changes nothing. docs/replay.md explains the figures.

  --data DIR     folder with <COIN>_5m.csv.gz files (columns t,o,h,l,c,v); without it a synthetic market
  --coins LIST   comma-separated; default all coins of the strategy that the folder has, or BTC,ETH,SOL
  --from DATE    first day or instant, UTC; default five days into the recording
  --to DATE      end, exclusive
  --folds N      parts that time is cut into, 2 to 20, default 4
  --seed N       seed of the synthetic market, default 7
  --json         print one JSON object only
`,
    options: {
      data: { type: 'string' },
      coins: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      folds: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean' },
    },
    load: async () => (await import('./tune.ts')).tune,
  },
  venue: {
    summary: 'the simulated Hyperliquid alone, on loopback',
    help: `usage: npm run venue -- [options]

  --port N       default 8788
  --seed N       seed of its synthetic market, default 7
  --latency MS   round trip added to every answer, default 0
  --account ADDR open an account for this address …
  --agents LIST  … with these agent addresses approved, comma-separated
  --usd N        … and this balance, default 10000
  --still        prices stand until POST /sim/price moves them
  --limits       count request weights per address and the action quota, as the real one does
  --scenario FILE play a file of scenarios/ from the start on
`,
    options: {
      port: { type: 'string' },
      seed: { type: 'string' },
      latency: { type: 'string' },
      account: { type: 'string' },
      agents: { type: 'string' },
      usd: { type: 'string' },
      still: { type: 'boolean' },
      limits: { type: 'boolean' },
      scenario: { type: 'string' },
    },
    load: async () => (await import('./venue.ts')).venue,
  },
  guard: {
    summary: 'the guard as its own process, outliving the bridge',
    help: `usage: npm run guard -- [options]

Watches the account of the environment (the bridge's own .env, MODE=testnet or live) and keeps a stop on every position
while the bridge is dead, restarting or stuck. While the bridge works, repairs are left to it for eight seconds. Keeps
its record in a file of its own beside DATABASE_URL, so that both can run at once.

  --once         one look, repairs included; exit code 0 when every position is protected, 1 when not
  --bridge URL   where the bridge answers /healthz, default http://HOST:PORT
`,
    options: { once: { type: 'boolean' }, bridge: { type: 'string' } },
    load: async () => (await import('./guard.ts')).guard,
  },
  conformance: {
    summary: 'check a venue’s behaviour through its wire, and find which open rules it follows',
    help: `usage: npm run conformance -- [options]

Without --url it starts a simulated venue of its own. With one it trades there: orders of 10 to 60 USD on one coin,
closed again after each check. Mainnet is refused. Exit code 1 when a check fails.

  --url URL      base URL: a simulated venue, or https://api.hyperliquid-testnet.xyz
  --key KEY      private key of the account or of an agent of it, default HYPERLIQUID_ENTRY_KEY
  --account ADDR account the agent acts for, default HYPERLIQUID_ACCOUNT, else the key's own address
  --coin NAME    default ETH
  --json         print one JSON object only
`,
    options: {
      url: { type: 'string' },
      key: { type: 'string' },
      account: { type: 'string' },
      coin: { type: 'string' },
      json: { type: 'boolean' },
    },
    load: async () => (await import('./conformance.ts')).conformance,
  },
  alert: {
    summary: 'print an example alert for the running bridge, ready to be posted',
    help: `usage: npx snapback alert [--coin BTC] [--send]

Asks the running bridge (HOST, PORT, READ_TOKEN; the paper files in ./data are found by themselves) for an alert with
today's prices and prints its JSON. With --send it is posted to the webhook as TradingView would.
`,
    options: { coin: { type: 'string' }, send: { type: 'boolean' } },
    load: async () => (await import('./alert.ts')).alert,
  },
  zones: {
    summary: "a coin's liquidation report from the running bridge",
    help: `usage: npx snapback zones [COIN] [--json]

Asks the running bridge (HOST, PORT, READ_TOKEN; the paper files in ./data are found by themselves) for the coin's
report: levels, magnets, cascade risk, bias, sources. Markdown, or JSON with --json. COIN as Hyperliquid spells it,
default BTC.
`,
    options: { coin: { type: 'string' }, json: { type: 'boolean' } },
    positional: 'coin',
    load: async () => (await import('./zones.ts')).zones,
  },
  backup: {
    summary: 'copy the running bridge’s database',
    help: `usage: npx snapback backup [--to FILE] [--keep N]

Asks the running bridge (HOST, PORT, OPERATE_TOKEN; the paper files in ./data are found by themselves) for a copy of its
database as of now. It goes into BACKUP_DIR, is opened and checked, and with --to copied there, never over a file. With
--keep, and when the new copy is good, only the newest N of BACKUP_DIR stay.
`,
    options: { to: { type: 'string' }, keep: { type: 'string' } },
    load: async () => (await import('./backup.ts')).backup,
  },
  'notify-test': {
    summary: 'send a test message to each configured channel',
    help: `usage: npx snapback notify-test

Exit code 0 when every configured channel took it, 1 when one did not or none is configured.
`,
    options: {},
    load: async () => (await import('./notify-test.ts')).notifyTest,
  },
  explain: {
    summary: 'a decision, decided again from its stored inputs, gate by gate',
    help: `usage: npx snapback explain ID [--url URL --token TOKEN] [--json]

Asks the running bridge (HOST, PORT, READ_TOKEN; the paper files in ./data are found by themselves, or --url and --token)
for the decision, computes it again from the inputs stored with it, prints every gate with its numbers and says whether
the outcome is the same. Exit code 1 when it is not. IDs are in /api/v1/decisions.
`,
    options: {
      id: { type: 'string' },
      url: { type: 'string' },
      token: { type: 'string' },
      json: { type: 'boolean' },
    },
    positional: 'id',
    load: async () => (await import('./explain.ts')).explain,
  },
  score: SCORE,
  doctor: {
    summary: 'check configuration, keys, clock, database and reach; say how to fix each',
    help: `usage: npm run doctor -- [--json]

Exit code 0 when all checks pass, 1 when one fails.
`,
    options: { json: { type: 'boolean' } },
    load: async () => (await import('./doctor.ts')).doctor,
  },
  'verify-journal': {
    summary: 'check that the journal is intact and gives every table, row by row',
    help: `usage: npx snapback verify-journal [options]

Recomputes the hash chain and repeats every entry on an empty database in memory, then compares all tables. The
database must not be in use: stop the bridge first, or verify a backup copy. Changes nothing. Exit code 1 when
something differs. Note the head it prints: a later run with --noted proves that nothing before it was rewritten.

  --database URL path, file: path or libsql:/http(s): address, default DATABASE_URL, else file:./data/snapback.db
  --noted HEAD   a head printed earlier, number:hash, that the journal must still contain
  --json         print one JSON object only
`,
    options: { database: { type: 'string' }, noted: { type: 'string' }, json: { type: 'boolean' } },
    load: async () => (await import('./verify-journal.ts')).verifyJournal,
  },
  sim: {
    summary: 'the whole bridge in a simulated world full of faults, seed by seed',
    help: `usage: npm run sim -- [options]

Plays twenty virtual minutes per seed: alerts, prices, a person on the same account, faults of venue, feed, store and
clock, crashes; then a minute without faults in which everything must converge. Checks the invariants at every step
(docs/simulation.md). Exit code 1 when one was violated.

  --seeds N      how many runs, default 2000
  --from S       first seed, default 1
  --seed N       one run only …
  --trace        … told line by line
  --exhaustive   also play each scripted story once per I/O point, dying there
  --json         print one JSON object only
`,
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      seed: { type: 'string' },
      trace: { type: 'boolean' },
      exhaustive: { type: 'boolean' },
      json: { type: 'boolean' },
    },
    load: async () => (await import('./sim.ts')).sim,
  },
  bench: {
    summary: 'performance figures as ratios within one run',
    help: `usage: npm run bench -- [--json] [--only NAME,NAME] [--quick]

  --only LIST    only these figures
  --quick        shorter runs, for a look; the budgets are judged on full runs
  --json         print one JSON object only
`,
    options: { json: { type: 'boolean' }, only: { type: 'string' }, quick: { type: 'boolean' } },
    load: async () => (await import('./bench.ts')).bench,
  },
};
