// Child of the ack benchmark: so many callers, each sending its next alert when the last one is answered, through
// Node's own HTTP client with kept-alive connections. Prints one JSON line.
import { Agent, request } from 'node:http';

const [url = '', connections = '10', seconds = '1', first = '0'] = process.argv.slice(2);

/** The sample of docs/webhook.md; the bar's time makes each alert one of its own. */
const bodyOf = (n: number): string =>
  JSON.stringify({
    v: 1,
    kind: 'cascade.exhaustion',
    script: 'cascade-exhaustion@1.0.0',
    strategy: 'max-pain',
    exchange: 'BINANCE',
    ticker: 'BTCUSDT.P',
    interval: '5',
    barTime: 1760129700000 + n,
    sentAt: 1760130000412,
    side: 'long',
    close: 104582.9,
    high: 105210.0,
    low: 101516.5,
    atr: 812.4,
    score: 78.5,
    cascade: {
      startTime: 1760128800000,
      extreme: 101516.5,
      movePct: -4.21,
      bars: 3,
      volumeRatio: 5.1,
      oiChangePct: -3.8,
      rsi: 21.4,
    },
  });

const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const post = (body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode === 202 ? resolve() : reject(new Error(`answered ${answer.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });

let n = Number(first);
const times: number[] = [];
const began = performance.now();
const untilMs = began + Number(seconds) * 1_000;
const caller = async (): Promise<void> => {
  while (performance.now() < untilMs) {
    const sentAt = performance.now();
    await post(bodyOf(n++));
    times.push(performance.now() - sentAt);
  }
};
await Promise.all(Array.from({ length: Number(connections) }, caller));
agent.destroy();
const perSecond = (times.length * 1_000) / (performance.now() - began);
times.sort((a, b) => a - b);
const at = (share: number): number | undefined => times[Math.floor(times.length * share)];
const figures = { perSecond, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: times.at(-1) };
process.stdout.write(`${JSON.stringify(figures)}\n`);
