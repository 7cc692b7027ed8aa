// Which view is shown: the part of the address behind #/, "name/param?filters".
import { $, h, show } from './dom.js';

const parse = () => {
  const [, name = '', param, query = ''] = /^#\/([a-z]*)(?:\/([^?]+))?(?:\?(.*))?$/.exec(location.hash) ?? [];
  return {
    name,
    param: param === undefined ? undefined : decodeURIComponent(param),
    filters: new URLSearchParams(query),
  };
};

/** Keeps a view's filters in the address, so that a reload, a bookmark and the way back show the same. */
export function keepFilters(name, filters) {
  const query = new URLSearchParams(filters).toString();
  history.replaceState(null, '', `#/${name}${query === '' ? '' : `?${query}`}`);
}

/**
 * @typedef {{ title: string, open(root: HTMLElement, param: string | undefined, filters: URLSearchParams): Promise<void>, refresh(): Promise<void>, close(): void }} View
 * @param {Record<string, (param?: string) => View | Promise<View>>} views by name; '' is the page itself
 * @param {(work: () => Promise<void>) => Promise<boolean>} guarded runs a read and shows what went wrong
 */
export function createRouter(views, guarded) {
  /** The view that is open; null while one opens, and where the page itself is shown. */
  let current = null;
  let isView = views[parse().name] !== undefined;
  let isOpening = false;
  /** Views open one after another, but who leaves does not wait: what opens too late is closed unseen. */
  let turn = 0;
  const open = async () => {
    if (location.hash.includes('token=')) return;
    const { name, param, filters } = parse();
    const mine = ++turn;
    current?.close();
    current = null;
    isView = views[name] !== undefined;
    isOpening = isView;
    showPlace(isView ? name : '');
    if (!isView) return;
    const root = h('div', { class: 'stack', tabindex: '-1' });
    $('#view').replaceChildren(root);
    await guarded(async () => {
      const view = await views[name](param);
      if (mine !== turn) return;
      await view.open(root, param, filters);
      if (mine !== turn) return view.close();
      current = view;
      show($('#where'), view.title);
      // What led here is gone with its view: who uses the keyboard goes on from the new one.
      if (document.activeElement === document.body) root.focus({ preventScroll: true });
    });
    if (mine === turn) isOpening = false;
  };
  addEventListener('hashchange', () => void open());
  return {
    open,
    /** True while the page itself, with its lists, is shown. */
    isNow: () => !isView,
    /** A view that could not be opened is tried again. */
    refresh: () =>
      isView && current === null && !isOpening ? open() : (current?.refresh() ?? Promise.resolve()),
  };
}

/** @param {string} name of the view, '' for the page itself */
function showPlace(name) {
  $('#now').hidden = name !== '';
  $('#view').hidden = name === '';
  $('#view').replaceChildren();
  document.body.classList.toggle('is-now', name === '');
  for (const link of document.querySelectorAll('nav a'))
    if (link.dataset.view === name) {
      link.setAttribute('aria-current', 'page');
      link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    } else link.removeAttribute('aria-current');
}
