// Which view is shown: the part of the address behind #/.
import { $, show } from './dom.js';

const parse = () => {
  const [, name = '', param] = /^#\/([a-z]*)(?:\/(.+))?$/.exec(location.hash) ?? [];
  return { name, param: param === undefined ? undefined : decodeURIComponent(param) };
};

/**
 * @param {Record<string, () => { title: string, open(root: HTMLElement, param?: string): Promise<void>, refresh(): Promise<void>, close(): void }>} views by name; '' is the page itself
 * @param {(work: () => Promise<void>) => Promise<boolean>} guarded runs a read and shows what went wrong
 */
export function createRouter(views, guarded) {
  let current = null;
  const open = async () => {
    if (location.hash.includes('token=')) return;
    const { name, param } = parse();
    const make = views[name];
    current?.close();
    current = make === undefined ? null : make();
    $('#now').hidden = current !== null;
    $('#view').hidden = current === null;
    $('#view').replaceChildren();
    for (const link of document.querySelectorAll('nav a'))
      if (link.dataset.view === (current === null ? '' : name)) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    if (current === null) return;
    const opened = current;
    await guarded(() => opened.open($('#view'), param));
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
