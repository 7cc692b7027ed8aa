import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every page people read, by path from the root. */
export const PAGES: readonly string[] = [
  ...readdirSync(ROOT).filter((f) => f.endsWith('.md')),
  ...['docs', 'pine'].flatMap((dir) =>
    readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.md'))
      .map((f) => `${dir}/${f.replaceAll('\\', '/')}`),
  ),
].sort();

const FENCE = /^```[^\n]*\n([\s\S]*?)^```/gm;

/** Text in backticks and in fenced blocks: what people copy. */
export const codeOf = (text: string): string[] => [
  ...[...text.matchAll(FENCE)].map(([, code = '']) => code),
  ...[...text.replace(FENCE, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
];

/** First cells in backticks of every table row: `name` of "| `name` | … |". */
export const rowNames = (text: string): string[] =>
  [...text.matchAll(/^\| `([^`]+)`(?:, `([^`]+)`)* \|/gm)].flatMap(([row]) =>
    [...row.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );

/** The part of a page under one heading, up to the next of the same or a higher level. */
export function section(text: string, heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 1;
  const [, after = ''] = text.split(`\n${heading}\n`);
  return after.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchors = (text: string): string[] =>
  [...text.replace(FENCE, '').matchAll(/^#+ (.+)$/gm)].map(([, h = '']) => anchorOf(h));

/** Relative links of a page that lead nowhere: no such file, or no such heading in it. */
export function deadLinks(page: string, text: string): string[] {
  const links = [...text.replace(FENCE, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
  return links.filter((to) => {
    if (/^[a-z]+:/.test(to)) return false;
    const [path = '', anchor] = to.split('#');
    const target = path === '' ? page : posix.normalize(posix.join(dirname(page), path));
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchors(read(target)).includes(anchor);
  });
}

const PATH = /^(?:src|tests|docs|pine|scripts|scenarios|tools|web|drizzle|\.ci)(?:\/[\w.-]+)+\/?$/;
const ROOT_FILE =
  /^(?:[A-Z_]+\.md|LICENSE|package(?:-lock)?\.json|tsconfig\.json|wrangler\.toml|\.env\.example|\.oxlintrc\.json)$/;

/** Paths of the repository in backticks that do not exist. */
export const deadPaths = (text: string): string[] =>
  codeOf(text)
    .filter((code) => PATH.test(code) || ROOT_FILE.test(code))
    .filter((path) => !existsSync(join(ROOT, path)));
