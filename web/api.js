const KEY = 'snapback.token';

/** The token came in the address's fragment (which no server ever sees), or was typed in. Kept for this tab. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given !== null) {
    keepToken(given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem(KEY);
}
export const keepToken = (token) => sessionStorage.setItem(KEY, token);
export const dropToken = () => sessionStorage.removeItem(KEY);

export class Refused extends Error {
  constructor(status, body) {
    super(body?.message ?? `the bridge answered ${status}`);
    this.status = status;
    this.code = body?.code ?? '';
  }
}

const TIMEOUT_MS = 5_000;
/** Closing a position waits for the venue. */
const CHANGE_TIMEOUT_MS = 20_000;

async function call(path) {
  const token = sessionStorage.getItem(KEY);
  return fetch(path, {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    cache: 'no-store',
  });
}

/** @returns {Promise<any>} the parsed answer; throws Refused when the bridge said no, TypeError when it said nothing */
export async function read(path) {
  const response = await call(path);
  const body = await response.json();
  if (!response.ok) throw new Refused(response.status, body);
  return body;
}

/** @returns {Promise<string>} an answer that is text */
export async function readText(path) {
  const response = await call(path);
  const text = await response.text();
  if (!response.ok) throw new Refused(response.status, JSON.parse(text));
  return text;
}

/** Asks for a change with another token than the read token. Throws Refused */
export async function send(method, path, body, token, headers = {}) {
  const response = await fetch(path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(CHANGE_TIMEOUT_MS),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

/** The event stream: no time limit, it is meant to stay open. */
export const streamRequest = (path, lastEventId) =>
  fetch(path, {
    headers: {
      authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ''}`,
      ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
    },
    cache: 'no-store',
  });

/** Health answers 503 with the same body when it is not well. */
export const health = async () => (await call('/healthz')).json();

/** Saves a list as a file; the token cannot ride on a plain link. */
export async function download(path, name) {
  const response = await call(path);
  if (!response.ok) throw new Refused(response.status, await response.json());
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
