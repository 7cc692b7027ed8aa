import { $, h } from './dom.js';

/**
 * One list of the API as a table that is drawn again only when its rows change, and then keeps what is open and what
 * has the focus. Columns with `by` can be sorted by; that orders what is loaded.
 * @typedef {{ label: string, class?: string, cell: (row: any) => Node | string | number, by?: (row: any) => number | string | null }} Column
 * @typedef {{ path: string, id: (row: any) => string, columns: Column[], empty: () => Node, detail?: (row: any) => Node, alarm?: (row: any) => boolean, sum?: (rows: any[]) => string, more?: string }} List
 */
export class Table {
  /** @param {List} list @param {HTMLElement} body @param {(cursor: string) => void} onMore */
  constructor(list, body, onMore) {
    this.list = list;
    this.body = body;
    this.onMore = onMore;
    this.rows = [];
    this.older = [];
    this.nextCursor = null;
    this.open = new Set();
    this.drawn = '';
    /** Null: as the server gave them, newest first. */
    this.sort = null;
  }

  /** @param {string | null} label of a column, the same again turns round; null for the server's order */
  sortBy(label, isDown = !(this.sort?.label === label && this.sort.isDown)) {
    this.sort = label === null ? null : { label, isDown };
    this.draw();
  }

  /** Rows in the order shown. What has no value comes last, either way. */
  get shown() {
    const by = this.list.columns.find((c) => c.label === this.sort?.label)?.by;
    if (by === undefined) return this.all;
    const way = this.sort.isDown ? -1 : 1;
    return this.all.toSorted((a, b) => {
      const [x, y] = [by(a), by(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return x < y ? -way : x > y ? way : 0;
    });
  }

  /** The newest page. Older rows stay unless so much is new that there would be a gap. */
  setPage({ items, nextCursor }) {
    const ids = new Set(items.map(this.list.id));
    const known = [...this.rows, ...this.older];
    const overlaps = known.some((row) => ids.has(this.list.id(row)));
    if (this.older.length > 0 && overlaps) this.older = known.filter((row) => !ids.has(this.list.id(row)));
    else {
      this.older = [];
      this.nextCursor = nextCursor;
    }
    this.rows = items;
    this.draw();
  }

  addOlder({ items, nextCursor }) {
    this.older.push(...items);
    this.nextCursor = nextCursor;
    this.draw();
  }

  reset() {
    this.older = [];
    this.rows = [];
  }

  get all() {
    return [...this.rows, ...this.older];
  }

  draw() {
    const text = JSON.stringify([this.all, this.nextCursor, this.sort]);
    if (text === this.drawn) return;
    this.drawn = text;
    const focused = this.body.contains(document.activeElement)
      ? document.activeElement?.dataset.id
      : undefined;
    this.body.replaceChildren(...(this.all.length === 0 ? [this.list.empty()] : this.#table()));
    if (focused !== undefined) $(`[data-id="${CSS.escape(focused)}"]`, this.body)?.focus();
  }

  #table() {
    const { columns } = this.list;
    const head = columns.map((c) => this.#heading(c));
    const table = h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...head)),
      h('tbody', {}, ...this.shown.flatMap((row) => this.#row(row))),
    );
    const more = () => this.onMore(this.nextCursor);
    return [
      h('div', { class: 'scroll' }, table),
      ...(this.nextCursor === null
        ? []
        : [
            h(
              'button',
              { type: 'button', class: 'more', 'data-id': 'more', onclick: more },
              this.list.more ?? 'Older',
            ),
          ]),
    ];
  }

  #heading(c) {
    if (c.by === undefined) return h('th', { scope: 'col', class: c.class }, c.label);
    const { label } = c;
    const way = this.sort?.label !== label ? 'none' : this.sort.isDown ? 'descending' : 'ascending';
    return h(
      'th',
      { scope: 'col', class: c.class, 'aria-sort': way },
      h(
        'button',
        { type: 'button', class: 'sorter', 'data-id': `sort-${label}`, onclick: () => this.sortBy(label) },
        label,
      ),
    );
  }

  #row(row) {
    const { columns, detail, alarm } = this.list;
    const id = this.list.id(row);
    const cells = columns.map((c) => h('td', { class: c.class, 'data-label': c.label }, c.cell(row)));
    const tr = h('tr', { class: `row ${alarm?.(row) ? 'alarm' : ''} ${detail ? 'opens' : ''}` }, ...cells);
    if (!detail) return [tr];
    const isOpen = this.open.has(id);
    const more = h(
      'tr',
      { hidden: !isOpen },
      h('td', { class: 'detail', colspan: columns.length }, isOpen ? detail(row) : ''),
    );
    const opener = h(
      'button',
      { type: 'button', class: 'opener', 'aria-expanded': isOpen, 'data-id': id },
      ...cells[0].childNodes,
    );
    cells[0].replaceChildren(opener);
    tr.addEventListener('click', () => {
      if (getSelection()?.isCollapsed === false) return; // selecting text is not a click
      const opens = !this.open.delete(id);
      if (opens) this.open.add(id);
      more.firstChild.replaceChildren(opens ? detail(row) : '');
      more.hidden = !opens;
      opener.setAttribute('aria-expanded', String(opens));
    });
    return [tr, more];
  }
}

/** A table that is drawn once. @param {Column[]} columns @param {any[]} rows */
export const plainTable = (columns, rows) =>
  h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...columns.map((c) => h('th', { scope: 'col', class: c.class }, c.label)))),
      h(
        'tbody',
        {},
        ...rows.map((row) =>
          h(
            'tr',
            { class: 'row' },
            ...columns.map((c) => h('td', { class: c.class, 'data-label': c.label }, c.cell(row))),
          ),
        ),
      ),
    ),
  );
