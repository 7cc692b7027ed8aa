/** Strings (with the colon that makes one a key) and the braces around objects; all else is skipped. */
const TOKEN = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}]/g;

const keysIn = (value: object): number =>
  Object.values(value).reduce<number>(
    (n, v) => n + 1 + (v !== null && typeof v === 'object' ? keysIn(v) : 0),
    0,
  );

/**
 * The first key that one object of a JSON text holds twice, or undefined. JSON.parse keeps the last of them in
 * silence; an order must not depend on which of two sides, sizes or prices was meant.
 *
 * A text without a repeat has as many `":` as its value has keys, unless a string of its own holds one: only when the
 * counts differ is the text read token by token, which costs ten times as much.
 * @param value what JSON.parse made of `json`
 */
export function duplicateKey(json: string, value: object): string | undefined {
  if ((json.match(/"\s*:/g)?.length ?? 0) === keysIn(value)) return undefined;
  const open: Set<string>[] = [];
  for (const [token, text = '', colon] of json.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined) {
      const key = String(JSON.parse(`"${text}"`)); // "a" and "\u0061" are one key
      const keys = open.at(-1);
      if (keys?.has(key) === true) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
