/** Strings (with the colon that makes one a key) and the braces around objects; all else is skipped. */
const TOKEN = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}]/g;

/**
 * The first key that one object of a valid JSON text holds twice, or undefined. JSON.parse keeps the last of them in
 * silence; an order must not depend on which of two sides, sizes or prices was meant.
 */
export function duplicateKey(json: string): string | undefined {
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
