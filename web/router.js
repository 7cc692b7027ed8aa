// Which view is shown: the part of the address behind #/, "name/param?filters".
import { $, show } from './dom.js';

const parse = () => {
  const [, name = '', param, query = ''] =
    /^#\/([a-z]*)(?:\/([^?]+))?(?:\?(.*))?$/.exec(location.hash) ?? [];
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
 * @param {Record<string, (param?: string) => { title: string, open(root: HTMLElement, param: string | undefined, filters: URLSearchParams): Promise<void>, refresh(): Promise<void>, close(): void }>} views by name; '' is the page itself
 * @param {(work: () => Promise<void>) => Promise<boolean>} guarded runs a read and shows what went wrong
 */
export function createRouter(views, guarded) {
  let current = null;
  const open = async () => {
    if (location.hash.includes('token=')) return;
    const { name, param, filters } = parse();
    const make = views[name];
    current?.close();
    current = make === undefined ? null : make(param);
    $('#now').hidden = current !== null;
    $('#view').hidden = current === null;
    document.body.classList.toggle('is-now', current === null);
    $('#view').replaceChildren();
    for (const link of document.querySelectorAll('nav a'))
      if (link.dataset.view === (current === null ? '' : name)) {
        link.setAttribute('aria-current', 'page');
        link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      } else link.removeAttribute('aria-current');
    if (current === null) return;
    const opened = current;
    await guarded(() => opened.open($('#view'), param, filters));
    show($('#where'), opened.title);
  };
  addEventListener('hashchange', () => void open());
  return {
    open,
    /** True while the page itself, with its lists, is shown. */
    isNow: () => current === null,
    refresh: () => current?.refresh() ?? Promise.resolve(),
  };
}
