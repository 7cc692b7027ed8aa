/** What a webhook or a command may weigh, bytes. An alert of ours is about 540. */
export const BODY_BYTES_MAX = 8_192;

/** Bytes the client says it sends; null when it does not say (chunked). */
export function declaredBytes(request: Request): number | null {
  const text = request.headers.get('content-length');
  return text === null ? null : Number(text);
}

/**
 * The body as text, whatever its content type, or 'too-large' / 'unreadable' (the client went away). A body with a
 * declared length is read in one go, because both runtimes hold the client to it; a chunked one is counted while it
 * comes in. Bytes that are not UTF-8 become U+FFFD, which no field accepts.
 */
export async function readBody(request: Request): Promise<{ text: string } | 'too-large' | 'unreadable'> {
  const declared = declaredBytes(request);
  try {
    if (declared === null) return await readCounted(request);
    return declared <= BODY_BYTES_MAX ? { text: await request.text() } : 'too-large';
  } catch {
    return 'unreadable';
  }
}

async function readCounted(request: Request): Promise<{ text: string } | 'too-large'> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  if (request.body === null) return { text };
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode() };
    bytes += value.byteLength;
    if (bytes > BODY_BYTES_MAX) {
      await reader.cancel();
      return 'too-large';
    }
    text += decoder.decode(value, { stream: true });
  }
}
