/** Anything that could be a token: 24 or more characters of the base64url or hex alphabets in a row. */
const TOKEN_LIKE = /[A-Za-z0-9_+/=-]{24,}/g;
const REMOVED = '[removed]';

/**
 * `text` without our own tokens and without anything that looks like one, cut to `bytesMax` of UTF-8. Removal comes
 * before the cut, so that no half of a token survives at the end.
 */
export function redact(text: string, secrets: readonly string[], bytesMax: number): string {
  const known = secrets.filter((s) => s !== '').reduce((t, s) => t.replaceAll(s, REMOVED), text);
  const clean = known.replace(TOKEN_LIKE, REMOVED);
  const buffer = new Uint8Array(bytesMax);
  return new TextDecoder().decode(buffer.subarray(0, new TextEncoder().encodeInto(clean, buffer).written));
}
