// What happens, as it happens: the server's event stream, read by hand because EventSource cannot send a token.
import { streamRequest } from './api.js';

const RETRY_MS = 3_000;
const RETRY_MS_MAX = 60_000;

/**
 * Keeps a stream open and calls back on every event. Goes on where it broke off.
 * @param {(event: string) => void} onEvent
 * @param {(isLive: boolean) => void} onStatus
 */
export function listen(onEvent, onStatus) {
  let lastId = null;
  let waitMs = RETRY_MS;
  const again = () => {
    onStatus(false);
    setTimeout(run, waitMs);
    waitMs = Math.min(RETRY_MS_MAX, waitMs * 2);
  };
  const run = async () => {
    try {
      const response = await streamRequest('/api/v1/stream', lastId);
      // 501: this runtime keeps nothing open, and polling goes on as ever.
      if (response.status === 501 || response.status === 404) return;
      if (!response.ok) return again();
      onStatus(true);
      waitMs = RETRY_MS;
      for await (const { id, event } of eventsOf(response.body)) {
        if (id !== null) lastId = id;
        if (event !== null) onEvent(event);
      }
    } catch {
      // The bridge went away; the poll says so.
    }
    again();
  };
  void run();
}

/** Events of a stream: blocks of "name: value" lines between blank lines; comments keep it alive. */
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value.replaceAll('\r\n', '\n');
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const field = (name) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim() ?? null;
      yield { id: field('id'), event: field('event') ?? (field('data') === null ? null : 'message') };
    }
  }
}
