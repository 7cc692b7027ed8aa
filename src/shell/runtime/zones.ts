import { askBridge } from './ask-bridge.ts';
import type { OptionValues } from './commands.ts';

/** `snapback zones BTC`: the running bridge's liquidation report, as a page to read or as JSON. */
export async function zones(o: OptionValues): Promise<number> {
  const coin = typeof o['coin'] === 'string' ? o['coin'] : 'BTC';
  const format = o['json'] === true ? 'json' : 'markdown';
  const text = await askBridge(process.env).get(
    `/api/v1/report/${encodeURIComponent(coin)}?format=${format}`,
  );
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return 0;
}
