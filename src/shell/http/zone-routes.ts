import type { Context } from 'hono';
import * as z from 'zod';
import type { MarketView } from '../../app/market-book.ts';
import { coinReport } from '../../core/review/report.ts';
import { reportMarkdown } from '../../core/review/report-markdown.ts';
import type { Candle } from '../../core/shared/candle.ts';
import { COIN_PARAMS, paramsOf } from '../../core/shared/coin-params.ts';
import { heatmapOf } from '../../core/zones/heatmap.ts';
import { maintenanceOf } from '../../core/zones/liquidation-px.ts';
import { hyperliquidTiers } from '../../core/zones/maintenance-tiers.ts';
import { signalsOf } from '../../core/zones/signals/signals-of.ts';
import { NOT_AVAILABLE } from '../../core/zones/signals/thresholds.ts';
import type { CoinSignals as CoinSignalsType } from '../../core/zones/signals/types.ts';
import { coinAccuracy } from './accuracy-routes.ts';
import type { HttpKit } from './kit.ts';
import { badQuery, ListParams, parseQuery } from './query.ts';
import { respondJson, respondText } from './respond.ts';
import { respondTagged } from './respond-tagged.ts';
import type { Route } from './route.ts';
import { CoinReport, Heatmap, Signals } from './zone-schemas.ts';

const REPORT_PATH = '/api/v1/report/{coin}';
const SIGNALS_PATH = '/api/v1/signals';
const HEATMAP_PATH = '/api/v1/heatmap/{coin}';

const ReportQuery = z.strictObject({ format: z.enum(['json', 'markdown']).optional() });
const SignalsQuery = ListParams.pick({ coin: true });

/** What is read from a coin's liquidation map, computed when asked: a millisecond or so for each coin. */
export const zoneRoutes: readonly Route[] = [
  {
    method: 'get',
    path: REPORT_PATH,
    summary: "A coin's liquidation report: levels, magnets, cascade risk, bias, sources and their age",
    scope: 'read',
    cost: 2,
    isTagged: true,
    query: ReportQuery,
    ok: { 200: CoinReport },
    refusals: [400, 404, 503],
    run: report,
  },
  {
    method: 'get',
    path: SIGNALS_PATH,
    summary: 'Signal cards of every coin, or of one, on 1m, 5m and 1h, and whether these agree',
    scope: 'read',
    cost: 5,
    query: SignalsQuery,
    ok: { 200: Signals },
    refusals: [400, 404],
    run: signals,
  },
  {
    method: 'get',
    path: HEATMAP_PATH,
    summary: "Density of a coin's estimated liquidations by price and time, on Hyperliquid alone",
    scope: 'read',
    cost: 5,
    isTagged: true,
    ok: { 200: Heatmap },
    refusals: [404, 503],
    run: heatmap,
  },
];

/** The coin's market, or the refusal: 404 for a coin that is not traded here, 503 until its map is built. */
function marketOr(kit: HttpKit, path: string, coin: string): MarketView | Response {
  const market = kit.deps.bridge.market(coin);
  if (market !== null) return market;
  return paramsOf(coin) === undefined
    ? unknownCoin(kit, path)
    : kit.problem(path, 503, 'zones-missing', 'this map is not built yet; ask again soon');
}

const unknownCoin = (kit: HttpKit, path: string): Response =>
  kit.problem(
    path,
    404,
    'not-found',
    'no such coin here; /api/v1/coins lists them, spelled as Hyperliquid does',
  );

function report(c: Context, kit: HttpKit): Response {
  const query = parseQuery(c.req.url, ReportQuery);
  if (!query.ok) return badQuery(kit, REPORT_PATH, query.issues);
  const market = marketOr(kit, REPORT_PATH, c.req.param('coin') ?? '');
  if (market instanceof Response) return market;
  const { dataSource, feeds } = kit.deps.bridge.health();
  const nowMs = kit.deps.clock.nowMs();
  const found = coinReport({
    ...market,
    signals: signalsOf({ ...market, nowMs }),
    feeds,
    dataSource,
    nowMs,
    accuracy: coinAccuracy(kit, market.map.coin),
    entries: kit.deps.bridge.zones(market.map.coin)?.observed?.entries,
  });
  return query.value.format === 'markdown'
    ? respondText(200, 'text/markdown; charset=utf-8', reportMarkdown(found, utc))
    : respondTagged(c, kit, found);
}

const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function signals(c: Context, kit: HttpKit): Response {
  const query = parseQuery(c.req.url, SignalsQuery);
  if (!query.ok) return badQuery(kit, SIGNALS_PATH, query.issues);
  const { coin } = query.value;
  if (coin !== undefined && paramsOf(coin) === undefined) return unknownCoin(kit, SIGNALS_PATH);
  const nowMs = kit.deps.clock.nowMs();
  const coins = coin === undefined ? COIN_PARAMS.map((p) => p.coin) : [coin];
  const markets = coins.flatMap((name) => kit.deps.bridge.market(name) ?? []);
  const items = markets.map((market): CoinSignalsType => signalsOf({ ...market, nowMs }));
  const marketWide = markets[0]?.marketWide ?? null;
  return respondJson(200, { items, nextCursor: null, marketWide, notAvailable: NOT_AVAILABLE });
}

type Picture = NonNullable<ReturnType<typeof heatmapOf>>;
/** The last picture of each coin's bars: a closed bar comes every five minutes, a page asks every few seconds. */
const pictures = new WeakMap<readonly Candle[], { lastT: number; bars: number; picture: Picture }>();

/** Played when asked, once per closed bar: some milliseconds for the bars that are kept. */
function pictureOf(coin: string, { candles, marginTiers }: MarketView): Picture | null {
  const last = candles.at(-1);
  const known = pictures.get(candles);
  if (known !== undefined && known.lastT === last?.t && known.bars === candles.length) return known.picture;
  const tiers = marginTiers.length > 0 ? maintenanceOf(marginTiers) : hyperliquidTiers(coin);
  const picture = heatmapOf(candles, tiers);
  if (picture !== null && last !== undefined)
    pictures.set(candles, { lastT: last.t, bars: candles.length, picture });
  return picture;
}

function heatmap(c: Context, kit: HttpKit): Response {
  const coin = c.req.param('coin') ?? '';
  const market = marketOr(kit, HEATMAP_PATH, coin);
  if (market instanceof Response) return market;
  const found = pictureOf(coin, market);
  return found === null
    ? kit.problem(HEATMAP_PATH, 503, 'market-stale', 'no candles for this coin yet; ask again soon')
    : respondTagged(c, kit, { coin, venue: 'hyperliquid', ...found });
}
