// What changes something: asked for twice, with a token that lives in this page's memory alone.
import { send } from './api.js';
import { h } from './dom.js';

let operateToken = null;

/** A question with a token field when there is none yet. Resolves to what was typed, or null. */
function ask(title, message, label) {
  return new Promise((resolve) => {
    const needsToken = operateToken === null;
    const token = h('input', {
      id: 'operate-token',
      type: 'password',
      autocomplete: 'off',
      required: true,
    });
    const form = h(
      'form',
      { method: 'dialog', class: 'ask' },
      h('h2', {}, title),
      h('p', {}, message),
      ...(needsToken
        ? [
            h(
              'label',
              { for: 'operate-token' },
              'Operate token (OPERATE_TOKEN; forgotten when this tab closes)',
            ),
            token,
          ]
        : []),
      h(
        'div',
        { class: 'row' },
        h('button', { type: 'button', class: 'plain', onclick: () => dialog.close() }, 'Cancel'),
        h('button', { type: 'submit' }, label),
      ),
    );
    const dialog = h('dialog', { 'aria-label': title }, form);
    let answer = null;
    form.addEventListener('submit', () => {
      answer = needsToken ? token.value.trim() : operateToken;
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * Asks, sends, and keeps the token once the server took it.
 * @returns {Promise<any | null>} the answer; null when the person thought better of it. Throws Refused
 */
export async function operate({ title, message, label, method, path, body }) {
  const token = await ask(title, message, label);
  if (token === null) return null;
  try {
    // A number used once: what is sent twice by accident happens once.
    const { nonce } = await send('POST', '/api/v1/confirm', undefined, token);
    const answer = await send(method, path, body, token, { 'x-confirm': nonce });
    operateToken = token;
    return answer;
  } catch (error) {
    if (error.status !== 401) throw error;
    operateToken = null;
    throw new Error('this is not the operate token', { cause: error });
  }
}

const STATES = {
  ACTIVE: 'Entries are taken again.',
  REDUCING: 'No new entries. Exits and protection go on.',
  HALTED: 'Nothing but protection: no entries, no exits of the strategy. Stops stay and the guard works on.',
};

/** The switch of the trading state: three buttons, the one in force pressed. */
export function stateSwitch(current, onDone, onError) {
  return h(
    'div',
    { class: 'switch', role: 'group', 'aria-label': 'Trading state' },
    ...Object.entries(STATES).map(([state, message]) =>
      h(
        'button',
        {
          type: 'button',
          'data-state': state,
          'aria-pressed': String(state === current),
          onclick: () =>
            void operate({
              title: `Set trading to ${state}?`,
              message,
              label: `Set ${state}`,
              method: 'POST',
              path: '/api/v1/state',
              body: { state },
            }).then((answer) => answer !== null && onDone(), onError),
        },
        state,
      ),
    ),
  );
}

/** Closes a position at once, after a question. */
export const flattenButton = (coin, onDone, onError) =>
  h(
    'button',
    {
      type: 'button',
      class: 'csv flatten',
      'data-id': `flatten-${coin}`,
      onclick: (event) => {
        event.stopPropagation();
        void operate({
          title: `Close the ${coin} position?`,
          message: 'Reduce-only, at market, as often as it takes. Its stop stays until it is gone.',
          label: `Close ${coin}`,
          method: 'POST',
          path: `/api/v1/positions/${encodeURIComponent(coin)}/flatten`,
          body: undefined,
        }).then((answer) => answer !== null && onDone(answer.message), onError);
      },
    },
    'Close…',
  );
