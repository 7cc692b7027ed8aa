// Prints where each import of the bridge and of all commands leads, one a line. With the argument `quick`, as
// quick-resolve says. A script of its own: hooks are for a whole process.
import { registerHooks } from 'node:module';
import { argv, exit, stdout } from 'node:process';
import { quickResolve } from '../../../src/shell/quick-resolve.ts';

if (argv[2] === 'quick') quickResolve();
const lines = new Set<string>();
registerHooks({
  resolve(specifier, context, next) {
    const { url, format } = next(specifier, context);
    lines.add(
      [context.parentURL ?? '', specifier, context.conditions.join(), url, format ?? 'unknown'].join(' '),
    );
    return { url, format, shortCircuit: true };
  },
});
const { COMMANDS } = await import('../../../src/shell/runtime/commands.ts');
for (const command of Object.values(COMMANDS)) await command.load();
await import('../../../src/shell/store/create-store.ts');
await import('../../../src/shell/store/libsql.ts');
stdout.write([...lines].sort().join('\n'), () => exit(0));
