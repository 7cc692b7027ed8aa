/**
 * An element. Text goes in as text nodes only, so that nothing an alert says is ever markup.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>} [props] `class`, attributes, or `on…` handlers; null and false leave one out
 * @param {...(Node | string | number | null | undefined)} children
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(
    ...children
      .filter((c) => c !== null && c !== undefined && c !== '')
      .map((c) => (c instanceof Node ? c : String(c))),
  );
  return element;
}

export const $ = (selector, root = document) => root.querySelector(selector);

/** Text and class of an element that is there already; touches the page only when they change. */
export function show(element, text, kind = '') {
  if (element.textContent !== text) element.textContent = text;
  const base = element.dataset.base ?? (element.dataset.base = element.className);
  const name = `${base} ${kind}`.trim();
  if (element.className !== name) element.className = name;
}
