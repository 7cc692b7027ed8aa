import type { Reporter, TestModule } from 'vitest/node';

/** Prints the closing line that CI reads. A file that fails to load counts as a failure. */
export default class CiReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const n = { passed: 0, failed: 0, skipped: 0 };
    for (const m of modules)
      for (const t of m.children.allTests()) {
        const { state } = t.result();
        if (state !== 'pending') n[state]++;
      }
    const unloaded = modules.filter((m) => m.state() === 'failed' && [...m.children.allTests()].length === 0);
    const broken = unloaded.length + errors.length;
    process.stdout.write(`\n${n.passed} passed, ${n.failed + broken} failed, ${n.skipped} skipped\n`);
  }
}
