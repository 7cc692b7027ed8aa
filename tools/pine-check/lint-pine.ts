// What PineTS lets through and TradingView does not (E…), and what would make a script untestable (P…). A few regular
// expressions over the source with strings and comments blanked: not a compiler, TradingView's cannot run offline.
import { BUILTINS, KEYWORDS } from './pine-builtins.ts';

export interface Fault {
  rule: string;
  /** 1-based. */
  line: number;
  message: string;
}

const PLOT_COUNT_MAX = 64;
const REQUEST_COUNT_MAX = 40;
const DRAWING_COUNT_MAX = 500;
const GLOBAL_ONLY =
  /(?<![.\w])(plot|plotshape|plotchar|plotarrow|plotcandle|plotbar|hline|fill|bgcolor|barcolor|alertcondition)\(/;
const BLOCK = /^(if|else|for|while|switch)\b|=\s*(if|for|switch|while)\b/;
const FUNCTION = /^(?:export\s+)?(?:method\s+)?\w+\(.*\)\s*=>/;
/** Stateful only in their running sums, which TradingView keeps itself. */
const STATEFUL_TA = /\bta\.(?!tr\b|vwap\b|obv\b)\w+/;

/** One statement: its first line, its indent, and its text with continuation lines joined. */
interface Statement {
  line: number;
  indent: number;
  text: string;
  /** Text with its strings, for rules about them. */
  raw: string;
}

/** The same text with the insides of strings as `_` and comments as spaces; positions stay. */
export function blank(source: string): string {
  return source.replace(/("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\/[^\n]*/g, (all, text?: string) =>
    text === undefined ? ' '.repeat(all.length) : text[0] + '_'.repeat(all.length - 2) + text[0],
  );
}

const depthOf = (text: string): number =>
  (text.match(/[([{]/g)?.length ?? 0) - (text.match(/[)\]}]/g)?.length ?? 0);

function statementsOf(source: string): Statement[] {
  const raw = source.split('\n');
  const out: Statement[] = [];
  let depth = 0;
  blank(source)
    .split('\n')
    .forEach((text, i) => {
      const last = out.at(-1);
      if (depth > 0 && last !== undefined) {
        last.text += ` ${text.trim()}`;
        last.raw += ` ${(raw[i] ?? '').trim()}`;
      } else if (text.trim() !== '') {
        const indent = text.length - text.trimStart().length;
        out.push({ line: i + 1, indent, text: text.trim(), raw: (raw[i] ?? '').trim() });
      }
      depth = Math.max(0, depth + depthOf(text));
    });
  return out;
}

/** Every fault found, by line. */
export function lintPine(source: string): Fault[] {
  const statements = statementsOf(source);
  return [
    ...wholeFaults(source, statements),
    ...statements.flatMap(statementFaults),
    ...blockFaults(statements),
    ...nameFaults(statements),
    ...shadowFaults(statements),
  ].sort((a, b) => a.line - b.line);
}

function wholeFaults(source: string, statements: readonly Statement[]): Fault[] {
  const faults: Fault[] = [];
  const add = (rule: string, line: number, message: string): number => faults.push({ rule, line, message });
  const text = blank(source);
  const count = (re: RegExp): number => text.match(re)?.length ?? 0;
  const version = source.split('\n').findIndex((l) => l === '//@version=6') + 1;
  const firstCode = statements[0]?.line ?? 0;
  if (version === 0 || version > firstCode) add('E1', 1, 'the first code line is not //@version=6');
  const declarations = statements.filter((s) => /^(indicator|strategy|library)\(/.test(s.text));
  if (declarations.length !== 1) add('E2', 1, `${declarations.length} declarations instead of one`);
  if (depthOf(text) !== 0) add('E11', 1, 'brackets do not match');
  const plots = count(new RegExp(GLOBAL_ONLY, 'g'));
  if (plots > PLOT_COUNT_MAX) add('E12', 1, `${plots} plot calls`);
  const requests = count(/\brequest\.\w+\(/g);
  if (requests > REQUEST_COUNT_MAX) add('E13', 1, `${requests} request.* calls`);
  for (const [all, most = ''] of text.matchAll(/\bmax_(?:boxes|lines|labels)_count\s*=\s*(\d+)/g))
    if (Number(most) > DRAWING_COUNT_MAX) add('E14', 1, all);
  const tab = source.split('\n').findIndex((l) => l.includes('\t'));
  if (tab >= 0) add('P1', tab + 1, 'a tab');
  const titles = new Set<string>();
  for (const { raw, line } of statements) {
    const title = /\binput(?:\.\w+)?\([^"']*(?:"[^"]*",\s*)?"([^"]*)"/.exec(raw)?.[1];
    if (title === undefined) continue;
    if (titles.has(title)) add('P7', line, `a second input titled "${title}"`);
    titles.add(title);
  }
  return faults;
}

/** [rule, what betrays it, why] — each looks at one statement. */
const PATTERNS: [rule: string, pattern: RegExp, message: string][] = [
  ['E7', new RegExp(`(?:\\b(?:and|or)\\b|\\?)[^,]*${STATEFUL_TA.source}`), 'ta.* behind a lazy and, or, ?:'],
  ['E8', /\bbool\s+\w+\s*=\s*na\b(?!\()/, 'a bool is never na'],
  ['E9', /\btransp\s*=/, 'transp is gone'],
  ['P2', /\)\s*\[/, 'history of a call or expression: put it in a variable first'],
  ['P3', /\bstr\.format\(/, 'str.format groups thousands: no JSON'],
  ['P4', /\bvarip\b/, 'varip differs between history and realtime'],
  ['P5', /^(import|export)\b/, 'import and export'],
  ['P8', /\binput\.timeframe\(/, 'PineTS 0.9.34 ignores what it is set to: use input.string with options'],
  ['P6', /\balert\((?!.*\balert\.freq_once_per_bar_close\b)/, 'alert() without freq_once_per_bar_close'],
];

function statementFaults(s: Statement): Fault[] {
  const faults = PATTERNS.filter(([, pattern]) => pattern.test(s.text)).map(([rule, , message]) => ({
    rule,
    line: s.line,
    message,
  }));
  const local: [string, boolean, string][] = [
    ['E3', s.indent % 4 !== 0, `indent of ${s.indent}`],
    ['E4', s.indent > 0 && GLOBAL_ONLY.test(s.text), 'a plot or alertcondition in a local block'],
    ['E5', s.indent > 0 && FUNCTION.test(s.text), 'a function inside a block'],
  ];
  return [
    ...faults,
    ...local.filter(([, is]) => is).map(([rule, , message]) => ({ rule, line: s.line, message })),
  ];
}

/** E6: `ta.*` that some bars skip, because a block around it is conditional. */
function blockFaults(statements: readonly Statement[]): Fault[] {
  const open: Statement[] = [];
  return statements.flatMap((s) => {
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= s.indent) open.pop();
    const conditional = open.some((o) => BLOCK.test(o.text));
    open.push(s);
    return conditional && STATEFUL_TA.test(s.text)
      ? [{ rule: 'E6', line: s.line, message: 'ta.* in a conditional block' }]
      : [];
  });
}

/** E10: a name that is neither declared here nor in the list of built-ins in use. */
function nameFaults(statements: readonly Statement[]): Fault[] {
  const declared = new Set<string>();
  for (const { text } of statements) {
    for (const m of text.matchAll(/\b(\w+)\s*:?=(?![=>])/g)) declared.add(m[1] ?? '');
    for (const m of text.matchAll(/\bfor\s+\[?(\w+)(?:\s*,\s*(\w+))?/g))
      declared.add(m[1] ?? '').add(m[2] ?? '');
    const type = /^type\s+(\w+)/.exec(text)?.[1];
    if (type !== undefined) declared.add(type);
    const head = /^(?:method\s+)?(\w+)\((.*)\)\s*=>/.exec(text);
    if (head === null) continue;
    declared.add(head[1] ?? '');
    for (const parameter of (head[2] ?? '').split(','))
      declared.add(/(\w+)\s*(?:=.*)?$/.exec(parameter.trim())?.[1] ?? '');
  }
  const ours = statements.filter((s) => !/^import\b/.test(s.text));
  return ours.flatMap(({ text, line }) =>
    [...text.matchAll(/(?<![\w.#"'])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/g)].flatMap(([name]) => {
      if (/^_+$/.test(name) || KEYWORDS.has(name) || BUILTINS.has(name)) return [];
      if (declared.has(name.split('.')[0] ?? '')) return [];
      return [{ rule: 'E10', line, message: `${name} is neither declared nor a known built-in` }];
    }),
  );
}

const DECLARATION = /^(?:var\s+|varip\s+)?(?:[\w.]+(?:<\w+>)?\s+)?(\w+)\s*=(?![=>])/;
const NAMESPACES = new Set([...BUILTINS].map((name) => name.split('.')[0] ?? ''));

/** E15: a variable or parameter with the name of a type, a namespace or a built-in. */
function shadowFaults(statements: readonly Statement[]): Fault[] {
  return statements.flatMap(({ text, line }) => {
    const parameters = /^\w+\((.*)\)\s*=>/.exec(text)?.[1]?.split(',') ?? [];
    const names = [
      DECLARATION.exec(text)?.[1],
      ...parameters.map((p) => /(\w+)\s*(?:=.*)?$/.exec(p.trim())?.[1]),
    ];
    return names
      .filter((name) => name !== undefined && (KEYWORDS.has(name) || NAMESPACES.has(name)))
      .map((name) => ({ rule: 'E15', line, message: `${name} is a name of the language` }));
  });
}
