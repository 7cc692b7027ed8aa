// The one command line; main.js starts it. package.json's scripts are aliases of its commands.
import { parseArgs } from 'node:util';
import { quickResolve } from '../quick-resolve.ts';
import { COMMANDS } from './commands.ts';

const HELP = `snapback: TradingView alerts in, protected Hyperliquid positions out

usage: npx snapback <command> [options]      npm run <command> -- [options]

${Object.entries(COMMANDS)
  .map(([name, c]) => `  ${name.padEnd(14)} ${c.summary}`)
  .join('\n')}

Each command takes --help. Configuration: .env.example.
`;

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help') {
    process.stdout.write(HELP);
    return 0;
  }
  const command = COMMANDS[name];
  if (command === undefined) {
    process.stderr.write(`snapback: there is no command "${name}"\n\n${HELP}`);
    return 2;
  }
  let values: Record<string, string | boolean | undefined>;
  try {
    const parsed = parseArgs({
      args: [...rest],
      options: { ...command.options, help: { type: 'boolean' } },
      allowPositionals: command.positional !== undefined,
    });
    values = parsed.values;
    if (parsed.positionals.length > 1) throw new Error(`one ${command.positional} at a time`);
    if (command.positional !== undefined && parsed.positionals.length === 1)
      values[command.positional] = parsed.positionals[0];
  } catch (e) {
    process.stderr.write(
      // Node's own sentence goes on about positional arguments.
      `snapback ${name}: ${e instanceof Error ? e.message.split('. ')[0] : 'bad options'}\n\n${command.help}`,
    );
    return 2;
  }
  if (values['help'] === true) {
    process.stdout.write(command.help);
    return 0;
  }
  return (await command.load())(values);
}

quickResolve();

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (e) {
  // One line for people; LOG_LEVEL=debug adds the stack.
  const lines = (e instanceof Error ? e.message : 'failed').split('\n');
  process.stderr.write(`snapback:${lines.length === 1 ? ' ' : '\n  '}${lines.join('\n  ')}\n`);
  if (process.env['LOG_LEVEL'] === 'debug' && e instanceof Error) process.stderr.write(`${e.stack}\n`);
  process.exitCode = 1;
}
