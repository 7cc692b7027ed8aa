import { recompute } from '../../core/decide/recompute.ts';
import type { Decision } from '../../core/decide/types.ts';
import { askBridge, refusalText } from './ask-bridge.ts';
import type { OptionValues } from './commands.ts';

/** `snapback explain ID`: a stored decision, decided again from its own inputs, gate by gate. Exit code 1 if it differs. */
export async function explain(o: OptionValues): Promise<number> {
  const id = typeof o['id'] === 'string' ? o['id'] : '';
  if (id === '') throw new Error('which decision? usage: npx snapback explain ID');
  const path = `/api/v1/decisions/${encodeURIComponent(id)}`;
  const text =
    typeof o['url'] === 'string'
      ? await read(`${o['url'].replace(/\/+$/, '')}${path}`, typeof o['token'] === 'string' ? o['token'] : '')
      : await askBridge(process.env).get(path);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the bridge's own answer; recompute checks its inputs
  const stored = JSON.parse(text) as Decision;
  const again = recompute(stored);
  process.stdout.write(
    o['json'] === true ? `${JSON.stringify({ stored, again })}\n` : explainText(stored, again),
  );
  return again.kind === 'done' && again.differences.length > 0 ? 1 : 0;
}

async function read(url: string, token: string): Promise<string> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` }, redirect: 'error' });
  const text = await answer.text();
  if (!answer.ok) throw new Error(refusalText(new URL(url).origin, answer.status, text));
  return text;
}

/** For people: what was decided, every gate with its numbers, and whether deciding again says the same. */
export function explainText(stored: Decision, again: ReturnType<typeof recompute>): string {
  const head = `${stored.id}  ${stored.coin ?? 'unmapped'} ${stored.side ?? ''}  ${new Date(stored.decidedAtMs).toISOString()}`;
  const gates = (again.kind === 'done' ? again.decision : stored).gates.map(
    ({ gate, ok, code, message, numbers }) =>
      `${ok ? 'ok ' : 'NO '} ${gate.padEnd(14)} ${message}${code === null ? '' : ` (${code})`}\n${numbersOf(numbers)}`,
  );
  return `${head}\n${stored.explain}\n\n${gates.join('')}\n${verdictOf(again)}\n`;
}

const numbersOf = (numbers: Record<string, number | string | null>): string =>
  Object.entries(numbers)
    .map(
      ([name, value]) =>
        `       ${name} = ${typeof value === 'number' ? shown(value) : (value ?? 'not known')}\n`,
    )
    .join('');

/** Six significant digits, never in powers of ten. */
const shown = (x: number): string =>
  Number.isInteger(x)
    ? String(x)
    : Number(x.toPrecision(6)).toLocaleString('en', { useGrouping: false, maximumFractionDigits: 12 });

function verdictOf(again: ReturnType<typeof recompute>): string {
  if (again.kind === 'other-version')
    return `Not decided again: its inputs are of version ${String(again.inputVersion)}, from before this version of snapback.`;
  return again.differences.length === 0
    ? 'Decided again from the stored inputs: the same, byte for byte.'
    : `Decided again from the stored inputs: DIFFERENT in ${again.differences.join(', ')}. Another version decided it, or the record was changed.`;
}
