import type { ResolveFnOutput } from 'node:module';
import { registerHooks } from 'node:module';

let isOn = false;

/**
 * Answers without asking the disk where a module is, for the two kinds of import that make up nearly all of a start: a
 * neighbour named with its extension, and a package that was named before by the same package. Node asks for every
 * single import whether the file exists, where links lead, and which package.json holds there, which it parses anew
 * each time: 179 KB of it for each of drizzle's modules. Half of loading the bridge was that.
 *
 * What is answered is what Node would answer, only that a file that is not there is noticed when it is read. All other
 * imports go the usual way. From here until the end of the process; the second call changes nothing.
 */
export function quickResolve(): void {
  if (isOn) return;
  isOn = true;
  /** Files that Node said are ES modules. */
  const modules = new Set<string>();
  const packages = new Map<string, ResolveFnOutput>();
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL = '', conditions } = context;
      // CommonJS looks for more than it was asked for: with other extensions, in other folders.
      if (!conditions.includes('import') || !parentURL.startsWith('file:')) return next(specifier, context);
      if (specifier.startsWith('.')) {
        const format = formatOf(specifier, parentURL, modules);
        if (format === null) return next(specifier, context);
        const url = new URL(specifier, parentURL).href;
        modules.add(url);
        return { url, format, shortCircuit: true };
      }
      const key = `${packageOf(parentURL)} ${specifier}`;
      const known = packages.get(key);
      if (known !== undefined) return known;
      const found = next(specifier, context);
      if (found.format === 'module') modules.add(found.url);
      packages.set(key, { ...found, shortCircuit: true });
      return found;
    },
  });
}

/** Of a neighbour; null: only its package.json can tell, or it names no file. */
function formatOf(
  specifier: string,
  parentURL: string,
  modules: ReadonlySet<string>,
): 'module' | 'module-typescript' | null {
  if (specifier.endsWith('.mjs')) return 'module';
  // Ours: Node refuses TypeScript in packages, and the package.json at the root says "module".
  if (specifier.endsWith('.ts')) return packageOf(parentURL) === '' ? 'module-typescript' : null;
  // The same package.json holds for both.
  return specifier.endsWith('.js') && parentURL.endsWith('.js') && modules.has(parentURL) ? 'module' : null;
}

const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//;

/** The folder of the package a file is in; empty: this project. */
const packageOf = (url: string): string => PACKAGE.exec(url)?.[0] ?? '';
