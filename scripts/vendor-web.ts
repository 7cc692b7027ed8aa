// Copies what the page needs of other people's code into web/vendor, so that it runs without a build and without any
// request to another host. `--check` (in npm test) fails when a copy is not the installed package's file.
import { readFileSync, writeFileSync } from 'node:fs';

const COPIES = [
  [
    'node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs',
    'web/vendor/lightweight-charts.js',
  ],
  ['node_modules/swagger-ui-dist/swagger-ui-bundle.js', 'web/vendor/swagger-ui-bundle.js'],
  ['node_modules/swagger-ui-dist/swagger-ui.css', 'web/vendor/swagger-ui.css'],
  // Its own licence and those of what is bundled into it.
  ['node_modules/swagger-ui-dist/LICENSE', 'web/vendor/swagger-ui-LICENSE.txt'],
  ['node_modules/swagger-ui-dist/NOTICE', 'web/vendor/swagger-ui-NOTICE.txt'],
  [
    'node_modules/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt',
    'web/vendor/swagger-ui-bundle.js.LICENSE.txt',
  ],
] as const;

for (const [from, to] of COPIES) {
  const at = (path: string): URL => new URL(`../${path}`, import.meta.url);
  const source = readFileSync(at(from));
  if (!process.argv.includes('--check')) writeFileSync(at(to), source);
  else if (!readFileSync(at(to)).equals(source)) {
    process.stderr.write(`${to} is not ${from}: run \`node scripts/vendor-web.ts\`\n`);
    process.exitCode = 1;
  }
}
