import { registerHooks } from 'node:module';

/**
 * Runs `load`, whose imports get drizzle's CommonJS build. Node 24 parses drizzle's package.json (179 KB of exports)
 * again for every ES module of the package, which made opening the store two thirds of the bridge's start.
 */
export async function withCommonJsDrizzle<T>(load: () => Promise<T>): Promise<T> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      next(
        specifier,
        /^drizzle-orm(\/|$)/.test(specifier) ? { ...context, conditions: ['node', 'require'] } : context,
      ),
  });
  try {
    return await load();
  } finally {
    hooks.deregister();
  }
}
