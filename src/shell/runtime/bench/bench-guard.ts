import { planProtection } from '../../../core/guard/plan-protection.ts';
import { createHyperliquidReader } from '../../exchange/hyperliquid-reader.ts';
import type { Figure } from './figure.ts';
import { atMost, quantile } from './figure.ts';

const POSITIONS = 50;
const ORDERS = 900;
/** A guard makes two thousand passes a day; while fewer are done, what is measured is the compiler's own time. */
const WARM_UP = 300;
/** hyperliquid.md §13: request weight by type. */
const WEIGHT: Readonly<Record<string, number>> = { clearinghouseState: 2, frontendOpenOrders: 20 };

/** CPU of one guard pass over a full account: both answers parsed and judged; and the request weight of its reads. */
export async function benchGuard(): Promise<Figure[]> {
  const answers: Record<string, string> = {
    clearinghouseState: clearinghouse(),
    frontendOpenOrders: openOrders(),
  };
  let weight = 0;
  const fetch = (_url: string, init: RequestInit): Promise<Response> => {
    const type =
      Object.keys(WEIGHT).find((name) => typeof init.body === 'string' && init.body.includes(name)) ?? '';
    weight += WEIGHT[type] ?? Number.NaN;
    return Promise.resolve(new Response(answers[type], { headers: { 'content-type': 'application/json' } }));
  };
  const reader = createHyperliquidReader({
    url: 'http://127.0.0.1',
    account: `0x${'be'.repeat(20)}`,
    timeoutMs: 1_000,
    nowMs: Date.now,
    fetch,
  });
  const coins = Array.from({ length: POSITIONS }, (_, i) => `C${i}`);
  const policy = {
    plannedStopPx: Object.fromEntries(coins.map((c) => [c, 95])),
    markPx: Object.fromEntries(coins.map((c) => [c, 100])),
    szDecimals: Object.fromEntries(coins.map((c) => [c, 2])),
    defaultStopBps: 300,
    repairFailures: {},
    repairFailuresMax: 2,
    closeRefused: [],
    orphanGraceMs: 15_000,
    unresolvedCoins: [],
    isOurs: () => true,
  };
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + 40; i++) {
    weight = 0;
    const before = process.cpuUsage();
    const account = await reader.accountState();
    const findings = planProtection(account, policy);
    const used = process.cpuUsage(before);
    if (account.positions.length !== POSITIONS || account.openOrders.length !== ORDERS || findings.length > 0)
      throw new Error(
        `the account reads as ${account.positions.length} positions, ${account.openOrders.length} orders, ${findings.length} findings`,
      );
    if (i >= WARM_UP) times.push((used.user + used.system) / 1_000);
  }
  return [
    atMost(
      'guard-pass-ms',
      quantile(times, 0.5),
      'ms CPU',
      5,
      `${POSITIONS} positions, ${ORDERS} open orders: parse, check, plan`,
    ),
    atMost('guard-weight', weight, 'request weight', 22, 'the reads of one pass'),
  ];
}

const clearinghouse = (): string =>
  JSON.stringify({
    assetPositions: Array.from({ length: POSITIONS }, (_, i) => ({
      type: 'oneWay',
      position: {
        coin: `C${i}`,
        szi: '10.0',
        entryPx: '100.0',
        positionValue: '1000.0',
        unrealizedPnl: '0.0',
        returnOnEquity: '0.0',
        liquidationPx: '80.0',
        marginUsed: '200.0',
        maxLeverage: 10,
        leverage: { type: 'isolated', value: 5, rawUsd: '-800.0' },
        cumFunding: { allTime: '0.0', sinceOpen: '0.0', sinceChange: '0.0' },
      },
    })),
    crossMaintenanceMarginUsed: '0.0',
    crossMarginSummary: {
      accountValue: '100000.0',
      totalMarginUsed: '0.0',
      totalNtlPos: '0.0',
      totalRawUsd: '100000.0',
    },
    marginSummary: {
      accountValue: '100000.0',
      totalMarginUsed: '10000.0',
      totalNtlPos: '50000.0',
      totalRawUsd: '50000.0',
    },
    withdrawable: '90000.0',
    time: Date.now(),
  });

/** One stop per position, the rest resting reduce-only limits as a grid would have them. */
const openOrders = (): string =>
  JSON.stringify(
    Array.from({ length: ORDERS }, (_, i) => {
      const isStop = i < POSITIONS;
      return {
        coin: `C${i % POSITIONS}`,
        side: 'A',
        limitPx: isStop ? '85.0' : '110.0',
        sz: isStop ? '10.0' : '0.5',
        oid: i + 1,
        timestamp: Date.now(),
        triggerCondition: isStop ? 'Price below 95' : 'N/A',
        isTrigger: isStop,
        triggerPx: isStop ? '95.0' : '0.0',
        children: [],
        isPositionTpsl: false,
        reduceOnly: true,
        orderType: isStop ? 'Stop Market' : 'Limit',
        origSz: isStop ? '10.0' : '0.5',
        tif: isStop ? null : 'Gtc',
        cloid: `0x5bac${String(i).padStart(28, '0')}`,
      };
    }),
  );
