import { askBridge } from './ask-bridge.ts';
import type { OptionValues } from './commands.ts';

/** `snapback alert`: an example alert from the running bridge, printed or posted. */
export async function alert(o: OptionValues): Promise<number> {
  const bridge = askBridge(process.env);
  const coin = typeof o['coin'] === 'string' ? o['coin'] : 'BTC';
  const text = await bridge.get(`/api/v1/example-alert?coin=${encodeURIComponent(coin)}`);
  if (o['send'] !== true) {
    process.stdout.write(`${text}\n`);
    return 0;
  }
  const answer = await fetch(`${bridge.base}/webhook/${bridge.webhookToken}`, { method: 'POST', body: text });
  process.stdout.write(`${text}\n${answer.status} ${await answer.text()}\n`);
  return answer.ok ? 0 : 1;
}
